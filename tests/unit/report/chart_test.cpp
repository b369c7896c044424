#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>

#include "core/error.hpp"
#include "report/axis.hpp"
#include "report/doubt.hpp"
#include "report/page.hpp"
#include "report/palette.hpp"
#include "report/panels.hpp"
#include "report/sample.hpp"
#include "report/statistics.hpp"
#include "report/svg.hpp"
#include "report/velocity_grid.hpp"
#include "report_content.hpp"

using namespace instar;
using namespace instar::report;
using namespace instar::testing;

TEST_CASE("ticks are round numbers within the range") {
  CHECK(ticks(0, 1, 5) == std::vector<double>{0, .2, .4, .6, .8, 1});
  CHECK(ticks(-.13, .31, 4) == std::vector<double>{-.1, 0, .1, .2, .3});
  CHECK(ticks(0, 16821, 4) == std::vector<double>{0, 5000, 10000, 15000});
  CHECK(ticks(3, 3, 4) == std::vector<double>{3});
}

TEST_CASE("weighted quantiles and summaries") {
  CHECK(quantile({4, 1, 3, 2}, {}, .5) == 2);
  CHECK(quantile({1, 2, 3}, {1, 0, 8}, .5) == 3);
  CHECK(quantile({NAN, 7}, {}, 0) == 7);
  CHECK(std::isnan(quantile({NAN}, {}, .5)));
  const Summary all = summarise({1, 2, NAN, 100}, {3, 1, 1, 1}, {0, 1, 2});
  CHECK(all.mean == doctest::Approx(1.25));
  CHECK(all.count == 2);
}

TEST_CASE("a sample keeps order and every time's share, and says how many there were") {
  Content content = small_content(400, 40, {0, 1, 2});
  content.predicted.reset();
  for (auto& colour : content.colours) colour.predicted.clear();
  Limits limits;
  limits.cells = 120;
  const Content few = sampled(content, limits);
  CHECK(few.observed->rows() == 120);
  CHECK(few.observed->total == 1200);
  for (const auto& rows : few.observed->snapshots.cells) CHECK(rows.size() == 40);
  CHECK(few.colours.front().observed.size() == 120);
  // What belongs to a cell stays with it.
  for (Index i = 0; i < 120; ++i)
    CHECK(few.observed->names[static_cast<std::size_t>(i)] ==
          "cell" + std::to_string(std::lround(few.observed->snapshots.coordinates(i, 0) * 1000)));
  const auto rows = sample_rows({1, 5, 9, 12, 40, 41}, 3);
  CHECK(rows.size() == 3);
  CHECK(std::is_sorted(rows.begin(), rows.end()));
  CHECK(sample_rows({1, 2}, 3) == std::vector<Index>{1, 2});
}

TEST_CASE("a sample is as dense here and there as the whole") {
  std::vector<Index> rows(100000);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<Index>(i);
  const auto some = sample_rows(rows, 10000);
  Index first_fifth = 0;
  for (const Index row : some) first_fifth += row < 20000 ? 1 : 0;
  // Hypergeometric, sd 38: five of them.
  CHECK(std::abs(static_cast<double>(first_fifth) - 2000) < 190);
}

TEST_CASE("particles that are followed are chosen once for all times") {
  Content content = small_content(10, 50, {0, 1, 2});
  CHECK(same_particles(*content.predicted));
  Limits limits;
  limits.particles = 30;
  const Content few = sampled(content, limits);
  CHECK(few.predicted->rows() == 30);
  CHECK(same_particles(*few.predicted));
  content.predicted->names[3] = "another";
  CHECK_FALSE(same_particles(*content.predicted));
}

TEST_CASE("the page stays below its limit for any number of cells and colours") {
  Content content = small_content(100000, 20000, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  const std::string html = page(content);
  CHECK(html.size() < 5000000);
  CHECK(html.size() > 1000000);
  CHECK(html.find("of 1,000,000 observed cells, a random sample") != std::string::npos);
}

TEST_CASE("mean velocities of squares, weighted") {
  Cloud cloud;
  Matrix at(5, 2);
  at << .1, .1, .2, .1, .1, .2, .9, .9, .15, .15;
  cloud.snapshots = core::make_snapshots(at, {0, 0, 0, 0, 0});
  cloud.velocity = Matrix::Zero(5, 2);
  cloud.velocity.col(0) << 1, 1, 5, 100, NAN;
  cloud.weight = {1, 1, 2, 1, 1};
  const auto arrows = velocity_grid(cloud, cloud.snapshots.cells[0], {0, 1, 0, 1}, 2, 3);
  REQUIRE(arrows.size() == 1);  // one cell alone in its square makes no arrow
  CHECK(arrows[0].dx == doctest::Approx(3));
  CHECK(arrows[0].x == doctest::Approx(.125));
}

TEST_CASE("stragglers do not set the frame, a wide cloud does") {
  Content content = small_content(1000, 1, {0});
  content.predicted.reset();
  content.observed->snapshots.coordinates(0, 0) = 1e6;
  CHECK(bounds_of(content).x_high < 10);
  content.observed->snapshots.coordinates(0, 0) = 1.2;
  CHECK(bounds_of(content).x_high > 1.2);
}

TEST_CASE("predicted cells that outran the data do not make them small") {
  Content content = small_content(1000, 1000, {0, 1});
  content.predicted->snapshots.coordinates.col(0) = content.observed->snapshots.coordinates.col(0);
  const Bounds before = bounds_of(content);
  for (Index i = 0; i < 300; ++i) content.predicted->snapshots.coordinates(i, 0) = 1e6;
  const Bounds bounds = bounds_of(content);
  CHECK(bounds.x_low == before.x_low);
  CHECK(bounds.x_high > before.x_high);
  CHECK(bounds.x_high - bounds.x_low < 1.2 * (before.x_high - before.x_low));
  for (Index i = 0; i < 10; ++i) content.predicted->snapshots.coordinates(i + 290, 0) = 0;
  for (Index i = 0; i < 290; ++i) content.predicted->snapshots.coordinates(i, 0) = i < 10 ? 1e6 : 0;  // ten of 2,000
  CHECK(bounds_of(content).x_high == before.x_high);
}

TEST_CASE("predicted masses are doubted where they are not those fitted, or a few cells have them") {
  Content content = small_content(5, 100, {0, 1, 2});
  content.predicted->origin_time.assign(300, 0.0);
  CHECK(doubt_of(content).claim.empty());
  content.fitted_times = {0, 2};
  content.fitted_masses = {1, 16};
  auto& weight = content.predicted->weight;
  const auto weigh = [&](Index time, double w) {
    for (const Index row : content.predicted->snapshots.cells[static_cast<std::size_t>(time)])
      weight[static_cast<std::size_t>(row)] = w;
  };
  weigh(1, 4);
  weigh(2, 40);
  CHECK(doubt_of(content).claim.empty());
  weigh(1, .1);
  weigh(2, 160);
  CHECK(doubt_of(content).claim == "Predicted weights from time 1 to 2 are not to be believed.");
  CHECK(doubt_of(content).reason.find(": they add up to a mass of 160 (at 2), far from the fitted 1 to 16.") !=
        std::string::npos);
  content.predicted->origin_time.assign(300, 1.0);  // half way, where the mass is 4
  weigh(1, 1);
  CHECK(doubt_of(content).reason.find("a mass of 640 (at 2)") != std::string::npos);
  for (std::size_t i = 0; i < 300; i += 2) content.predicted->origin_time[i] = 0;  // joined: half of them count
  weigh(2, 20);
  CHECK(doubt_of(content).claim.empty());
  weigh(1, 4);
  weigh(2, .16);
  weight[static_cast<std::size_t>(content.predicted->snapshots.cells[2].front())] = 1600;
  CHECK(
      doubt_of(content).reason.starts_with("Predicted weights at time 2 are not to be believed: few cells carry "
                                           "them (at 2 as 1 of equal weight would, of 100)."));
}

TEST_CASE("long labels are not cut, on a telephone neither") {
  Content content = small_content(20, 1, {0});
  content.label->labels = {"Neuroblast_ASG_AWA", "Neuroblast_ASG_AWB"};
  for (const double width : {kWide, kNarrow}) {
    const std::string drawing = label_panels(content).front().draw(width).body();
    CHECK(drawing.find(">Neuroblast_ASG_AWA<") != std::string::npos);
    CHECK(drawing.find(">Neuroblast_ASG_AWB<") != std::string::npos);
  }
}

TEST_CASE("of many labels the largest keep their colours") {
  Colour colour{"kind", ColourKind::categorical, {}, {}, {}, "", true};
  for (int k = 0; k < 12; ++k) {
    colour.labels.push_back("l" + std::to_string(k));
    for (int n = 0; n <= k; ++n) colour.observed.push_back(k);
  }
  const Colour few = with_few_labels(colour);
  CHECK(few.labels.size() == category_colours().size());
  CHECK(few.labels.front() == "l4");
  CHECK(few.labels.back() == "others (4)");
  CHECK(few.observed.front() == 8);
  CHECK(few.observed.back() == 7);
}

TEST_CASE("a diverging colour has its grey at zero") {
  const Colour colour{"growth", ColourKind::diverging, {-.5, 0, 1}, {}, {}, "", false};
  CHECK(colour_range(colour).low == -1);
  CHECK(colour_range(colour).high == 1);
  const Rgb middle = ramp(ColourKind::diverging)[128];
  CHECK(std::abs(middle[0] - middle[2]) <= 2);
}

TEST_CASE("lightness of the sequential ramp only rises") {
  const auto colours = ramp(ColourKind::sequential);
  const auto light = [](const Rgb& c) { return .2126 * c[0] + .7152 * c[1] + .0722 * c[2]; };
  for (std::size_t i = 1; i < colours.size(); ++i) CHECK(light(colours[i]) > light(colours[i - 1]) - .5);
}

TEST_CASE("a figure is the drawing with the light theme's colours, and names are escaped") {
  Svg svg(100, 50);
  svg.text(1, 2, "a<b", "tick");
  svg.line(0, 0, 1, 1, "grid");
  const std::string file = standalone_svg(svg, "T & U", "d");
  CHECK(file.starts_with("<?xml"));
  CHECK(file.find("var(") == std::string::npos);
  CHECK(file.find("a&lt;b") != std::string::npos);
  CHECK(file.find("<title>T &amp; U</title>") != std::string::npos);
  CHECK(inline_svg(svg, "i", "T", "d").find("<line class=\"grid\"") != std::string::npos);
  CHECK(file.find("<line class=\"grid\"") != std::string::npos);  // the very same drawing
}
