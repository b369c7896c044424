#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>

#include "core/error.hpp"
#include "report/axis.hpp"
#include "report/page.hpp"
#include "report/palette.hpp"
#include "report/panels.hpp"
#include "report/sample.hpp"
#include "report/statistics.hpp"
#include "report/svg.hpp"
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

TEST_CASE("long labels are not cut, on a telephone neither") {
  Content content = small_content(20, 1, {0});
  content.label->labels = {"Neuroblast_ASG_AWA", "Neuroblast_ASG_AWB"};
  for (const double width : {kWide, kNarrow}) {
    const std::string drawing = label_panels(content).front().draw(width).body();
    CHECK(drawing.find(">Neuroblast_ASG_AWA<") != std::string::npos);
    CHECK(drawing.find(">Neuroblast_ASG_AWB<") != std::string::npos);
  }
}

TEST_CASE("a legend gives a label room by its letters, not by its bytes") {
  CHECK(letters("Zürich") == 6);
  Content content = small_content(20, 1, {0});
  content.colours = {*content.label};
  content.colours.front().labels = {"öööö", "b"};
  const std::string drawing = cell_panels(content).front().draw(kWide).body();
  CHECK(drawing.find("<text class=\"legend\" x=\"" + px(20 + 22 + 4 * kLetter + 15) + "\"") != std::string::npos);
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
