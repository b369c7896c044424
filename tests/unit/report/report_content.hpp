#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "report/content.hpp"

namespace instar::testing {

/// Cells and followed particles whose first coordinate is their number / 1000, with one colour of each kind.
inline report::Content small_content(Index cells_per_time, Index particles, const std::vector<double>& times) {
  using namespace report;
  const auto make = [&](Index per_time, const std::string& stem, bool followed) {
    const Index n = per_time * static_cast<Index>(times.size());
    Matrix at(n, 2);
    std::vector<double> when;
    Cloud cloud;
    for (Index i = 0; i < n; ++i) {
      at(i, 0) = static_cast<double>(i) / 1000;
      at(i, 1) = std::sin(static_cast<double>(i));
      when.push_back(times[static_cast<std::size_t>(i / per_time)]);
      cloud.names.push_back(stem + std::to_string(followed ? i % per_time : i));
      cloud.growth.push_back(std::cos(static_cast<double>(i)));
    }
    cloud.snapshots = core::make_snapshots(at, when);
    cloud.velocity = Matrix::Ones(n, 2);
    return cloud;
  };
  Content content;
  content.title = "small";
  content.basis = "X_pca";
  content.axes = {"PC1", "PC2"};
  content.observed = make(cells_per_time, "cell", false);
  content.predicted = make(particles, "cell", true);
  content.predicted->weight.assign(content.predicted->names.size(), 1.0);
  content.colours.push_back({"time",
                             ColourKind::sequential,
                             content.observed->snapshots.cell_times,
                             content.predicted->snapshots.cell_times,
                             {},
                             "",
                             false});
  content.colours.push_back(
      {"growth", ColourKind::diverging, content.observed->growth, content.predicted->growth, {}, "", false});
  Colour kind{"kind", ColourKind::categorical, {}, {}, {"a", "b"}, "", true};
  for (std::size_t i = 0; i < content.observed->names.size(); ++i) kind.observed.push_back(static_cast<double>(i % 2));
  content.label = kind;
  content.colours.push_back(kind);
  return content;
}

/// A row of a held-out table, W1 alone.
inline report::ScoreRow score(double time, const std::string& method, const std::string& from, double w1,
                              bool baseline) {
  return {time, method, from, baseline, {w1}, {}, {}};
}

}  // namespace instar::testing
