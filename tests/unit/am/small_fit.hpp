#pragma once

#include "am/fit.hpp"

namespace instar::test {

/// A fit of a second or less, for clouds of two dimensions whose dynamics are known: coordinates as they are.
inline am::FitOptions small_options() {
  am::FitOptions options;
  options.steps = 800;
  options.width = 32;
  options.depth = 2;
  options.batch = 256;
  options.learning_rate = 5e-3;
  options.scale = am::ScaleKind::none;
  return options;
}

inline am::Model fit(const core::Snapshots& snapshots, const am::FitOptions& options) {
  return am::train(am::prepare_fit(snapshots, options), options).model;
}

}  // namespace instar::test
