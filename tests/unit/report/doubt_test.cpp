#include "report/doubt.hpp"

#include <doctest/doctest.h>

#include "report_content.hpp"

using namespace instar;
using namespace instar::report;
using namespace instar::testing;

namespace {

void give_weight(Content& content, Index time, double weight) {
  for (const Index row : content.predicted->snapshots.cells[static_cast<std::size_t>(time)])
    content.predicted->weight[static_cast<std::size_t>(row)] = weight;
}

/// Cells of time 0 at the times 0, 1 and 2, of a model with the masses 1 and 16 at 0 and 2.
Content fitted_content() {
  Content content = small_content(5, 100, {0, 1, 2});
  content.predicted->origin_time.assign(300, 0.0);
  content.fitted_times = {0, 2};
  content.fitted_masses = {1, 16};
  give_weight(content, 1, 4);
  give_weight(content, 2, 16);
  return content;
}

}  // namespace

TEST_CASE("predicted masses are doubted where they are not those fitted, or a few cells have them") {
  Content content = small_content(5, 100, {0, 1, 2});
  content.predicted->origin_time.assign(300, 0.0);
  CHECK(doubt_of(content).claim.empty());
  content.fitted_times = {0, 2};
  content.fitted_masses = {1, 16};
  auto& weight = content.predicted->weight;
  const auto weigh = [&](Index time, double w) { give_weight(content, time, w); };
  weigh(1, 4);
  weigh(2, 40);
  CHECK(doubt_of(content).claim.empty());
  weigh(1, .2);
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

TEST_CASE("the mass that is named is the one farthest from those fitted, on either side") {
  Content content = fitted_content();
  give_weight(content, 1, 60);   // 3.75 times the most
  give_weight(content, 2, .05);  // a twentieth of the least
  CHECK(doubt_of(content).reason.find(" they add up to a mass of 0.05 (at 2), far from") != std::string::npos);
}

TEST_CASE("weights that are all 0 are said to be, and not reckoned with") {
  Content content = fitted_content();
  give_weight(content, 2, 0);
  const std::string end = " Usually growth was read where no cells were measured.";
  CHECK(doubt_of(content).reason == "Predicted weights at time 2 are not to be believed: all are 0 (at time 2)." + end);
  give_weight(content, 1, 60);
  CHECK(doubt_of(content).reason ==
        "Predicted weights from time 1 to 2 are not to be believed: all are 0 (at time 2), and they add up to a mass "
        "of 60 (at 1), far from the fitted 1 to 16." +
            end);
  content.fitted_masses.clear();  // a model without growth: nothing to hold them against
  content.fitted_times.clear();
  CHECK(doubt_of(content).claim == "Predicted weights at time 2 are not to be believed.");
}

TEST_CASE("cells of one fitted time at another, as predict --from between gives them, count in their own number") {
  Content content = fitted_content();
  content.fitted_masses = {1, 90};
  for (const Index row : content.predicted->snapshots.cells[2])
    content.predicted->origin_time[static_cast<std::size_t>(row)] = 2;
  give_weight(content, 2, 1);
  CHECK(doubt_of(content).claim.empty());  // a mass of 90
}
