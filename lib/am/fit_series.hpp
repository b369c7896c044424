#pragma once

#include <functional>
#include <vector>

#include "am/fit.hpp"

namespace instar::am {

/// How a caller follows a series of fits. Several fits may be at work at once: `started` and `finished` are called on
/// the thread of their fit.
struct SeriesHooks {
  std::function<void(Index)> started;          ///< gets the number of the fit, when its couplings are there
  std::function<void(Index, Model)> finished;  ///< gets the number of the fit and its model
};

/// Fits the same cells under several options. Fits that differ in network, training or seed alone share their
/// couplings. As many fits as there are threads are trained side by side, each on one thread: small networks leave
/// threads idle, and so do distances computed in `finished`. What is left over after full rounds is trained one after
/// another on all threads where that is sooner done. The models are the same bytes either way, and those of prepare_fit
/// and train.
/// @throws as prepare_fit and train
void fit_series(const core::Snapshots& snapshots, const std::vector<FitOptions>& options, const SeriesHooks& hooks,
                core::Reporter& reporter);

}  // namespace instar::am
