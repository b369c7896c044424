#pragma once

#include <functional>
#include <vector>

#include "core/types.hpp"

namespace instar::math {

/// dy/dt of many independent particles at once: derivative(t, y [n, k], dy [n, k]). The same t for all rows.
using OdeSystem = std::function<void(double t, const Matrix& y, Matrix& dy)>;

struct OdeOptions {
  enum class Solver { dopri5, rk4 } solver = Solver::dopri5;
  double rtol = 1e-5;      ///< dopri5, per row
  double atol = 1e-5;      ///< dopri5, in the units of y
  int rk4_steps = 50;      ///< rk4: steps per span between two outputs
  int max_steps = 100000;  ///< dopri5: per span. @throws NumericError beyond
  void validate() const;
};

/// Integrates from t0 to each of `times` in turn (monotone, forwards or backwards), calling output(k, y) at times[k].
/// Dormand-Prince 5(4) (Hairer, Norsett, Wanner, *Solving Ordinary Differential Equations I*, II.4-5): error norm per
/// row, maximum over rows, PI step control; the step is shared by all rows of `y`. Chunk the rows outside for parallel
/// runs.
/// @throws NumericError where y stops being finite (with the time) or max_steps is reached
void integrate(const OdeSystem& system, double t0, Matrix y, const std::vector<double>& times,
               const OdeOptions& options, const std::function<void(Index, const Matrix&)>& output);

}  // namespace instar::math
