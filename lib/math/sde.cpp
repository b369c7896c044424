#include "math/sde.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/time_label.hpp"

namespace instar::math {

void integrate_noisy(const OdeSystem& drift, const Noise& noise, double t0, Matrix y, const std::vector<double>& times,
                     core::Rng& rng, const std::function<void(Index, const Matrix&)>& output) {
  if (!(noise.sigma >= 0) || !(noise.longest_step > 0) || noise.columns < 0 || noise.columns > y.cols())
    throw UsageError("noise needs a size of at least 0, a positive step, and no more columns than there are");
  Matrix slope(y.rows(), y.cols()), later_slope(y.rows(), y.cols()), later, kicks = Matrix::Zero(y.rows(), y.cols());
  double t = t0;
  for (std::size_t k = 0; k < times.size(); ++k) {
    const double span = times[k] - t;
    if (!(span >= 0)) throw UsageError("times of a trajectory with noise must ascend from its start");
    const auto steps = static_cast<int>(std::ceil(span / noise.longest_step));
    const double start = t, h = steps > 0 ? span / steps : 0;
    const double kick = noise.sigma * std::sqrt(h);
    for (int step = 0; step < steps; ++step) {
      t = start + h * step;
      for (Index i = 0; i < y.rows(); ++i)
        for (Index j = 0; j < noise.columns; ++j) kicks(i, j) = kick * rng.normal();
      drift(t, y, slope);
      later = y + h * slope + kicks;
      drift(t + h, later, later_slope);
      y += (h / 2) * (slope + later_slope) + kicks;
      if (!y.allFinite())
        throw NumericError("trajectory", "a coordinate or weight is not finite at time " + core::format_number(t + h),
                           "the model may be extrapolated too far: check its log and the start cells");
    }
    t = times[k];
    output(static_cast<Index>(k), y);
  }
}

}  // namespace instar::math
