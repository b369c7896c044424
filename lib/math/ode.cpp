#include "math/ode.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/time_label.hpp"

namespace instar::math {
namespace {

using core::format_number;

// Dormand & Prince, J. Comp. Appl. Math. 6 (1980), as tabulated in Hairer, Norsett, Wanner II.5, table 5.2.
constexpr int kStages = 7;
constexpr std::array<double, kStages> kNodes{0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1};
constexpr double kCoefficients[kStages][kStages - 1] = {
    {},
    {1.0 / 5},
    {3.0 / 40, 9.0 / 40},
    {44.0 / 45, -56.0 / 15, 32.0 / 9},
    {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
    {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
    {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}};
// Fifth-order weights (the last row above) minus the fourth-order ones.
constexpr std::array<double, kStages> kErrorWeights{71.0 / 57600,      0,          -71.0 / 16695, 71.0 / 1920,
                                                    -17253.0 / 339200, 22.0 / 525, -1.0 / 40};

// PI controller: HNW IV.2 with beta = 0.04, as in their DOPRI5; the other constants are theirs, too.
constexpr double kSafety = 0.9;
constexpr double kBeta = 0.04;
constexpr double kExponent = 0.2 - 0.75 * kBeta;
constexpr double kLeastFactor = 0.2;
constexpr double kLargestFactor = 10;

/// Largest over the rows of sqrt(mean over columns of (x / (atol + rtol max(|y|, |z|)))^2); infinite if any is not
/// finite.
double scaled_norm(const Matrix& x, const Matrix& y, const Matrix& z, const OdeOptions& options) {
  double largest = 0;
  for (Index i = 0; i < x.rows(); ++i) {
    double sum = 0;
    for (Index j = 0; j < x.cols(); ++j) {
      const double ratio = x(i, j) / (options.atol + options.rtol * std::max(std::abs(y(i, j)), std::abs(z(i, j))));
      sum += ratio * ratio;
    }
    if (!std::isfinite(sum)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, sum);
  }
  return x.cols() == 0 ? 0 : std::sqrt(largest / static_cast<double>(x.cols()));
}

[[noreturn]] void throw_not_finite(double t) {
  throw NumericError("trajectory", "a coordinate or weight is not finite at time " + format_number(t),
                     "the model may be extrapolated too far, or the start cells lie far from those it was fitted on");
}

class DormandPrince {
 public:
  DormandPrince(const OdeSystem& system, double t0, Matrix y, const OdeOptions& options)
      : system_(system), options_(options), t_(t0), y_(std::move(y)), next_(y_.rows(), y_.cols()), error_(next_) {
    for (Matrix& stage : stages_) stage.resize(y_.rows(), y_.cols());
    system_(t_, y_, stages_[0]);
    if (!stages_[0].allFinite()) throw_not_finite(t_);
  }

  const Matrix& state() const { return y_; }

  void advance(double end) {
    if (end == t_) return;
    const double direction = end > t_ ? 1 : -1;
    if (step_ == 0) step_ = initial_step(direction, std::abs(end - t_));
    for (int steps = 0; t_ != end; ++steps) {
      if (steps >= options_.max_steps)
        throw NumericError("trajectory",
                           "more than " + std::to_string(options_.max_steps) + " steps before time " +
                               format_number(end) + " (reached " + format_number(t_) + ")",
                           "loosen the tolerances, or use fixed steps (rk4)");
      // The step to the end is cut, or stretched by a hair where a sliver would remain; its length is not remembered.
      const double left = std::abs(end - t_);
      const bool last = step_ >= left * (1 - 1e-10);
      const double length = last ? left : step_;
      if (length < 16 * std::numeric_limits<double>::epsilon() * std::max(std::abs(t_), std::abs(end))) {
        if (last) {
          t_ = end;
          return;
        }
        throw_not_finite(t_);
      }
      const double error = try_step(direction * length);
      if (error <= 1) {
        accept(last ? end : t_ + direction * length);
        const double proposed = length * growth_factor(error);
        step_ = last ? std::max(step_, proposed) : proposed;
        rejected_ = false;
      } else {
        const double factor = std::isfinite(error) ? kSafety * std::pow(error, -kExponent) : 0;
        step_ = length * std::max(kLeastFactor, factor);
        rejected_ = true;
      }
    }
  }

 private:
  /// One step into next_; the last stage is its derivative there (first same as last). @returns the scaled error
  double try_step(double h) {
    for (int s = 1; s < kStages; ++s) {
      next_ = y_;
      for (int r = 0; r < s; ++r) {
        if (kCoefficients[s][r] != 0) next_ += (h * kCoefficients[s][r]) * stages_[static_cast<std::size_t>(r)];
      }
      system_(t_ + h * kNodes[static_cast<std::size_t>(s)], next_, stages_[static_cast<std::size_t>(s)]);
    }
    error_.setZero();
    for (std::size_t s = 0; s < kStages; ++s) {
      if (kErrorWeights[s] != 0) error_ += (h * kErrorWeights[s]) * stages_[s];
    }
    return scaled_norm(error_, y_, next_, options_);
  }

  void accept(double t) {
    t_ = t;
    y_.swap(next_);
    stages_[0].swap(stages_[kStages - 1]);
  }

  double growth_factor(double error) {
    const double floored = std::max(error, 1e-10);
    double factor = kSafety * std::pow(floored, -kExponent) * std::pow(previous_error_, kBeta);
    factor = std::clamp(factor, kLeastFactor, kLargestFactor);
    previous_error_ = std::max(error, 1e-4);
    return rejected_ ? std::min(1.0, factor) : factor;
  }

  /// HNW II.4, algorithm for the starting step size.
  double initial_step(double direction, double span) {
    const double d0 = scaled_norm(y_, y_, y_, options_);
    const double d1 = scaled_norm(stages_[0], y_, y_, options_);
    double h0 = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1;
    h0 = std::min(h0, span);
    next_ = y_ + direction * h0 * stages_[0];
    system_(t_ + direction * h0, next_, stages_[1]);
    error_ = stages_[1] - stages_[0];
    const double d2 = scaled_norm(error_, y_, y_, options_) / h0;
    const double steepest = std::max(d1, d2);
    const double h1 = steepest <= 1e-15 ? std::max(1e-6, h0 * 1e-3) : std::pow(0.01 / steepest, 0.2);
    const double h = std::min({100 * h0, h1, span});
    return std::isfinite(h) && h > 0 ? h : h0;
  }

  const OdeSystem& system_;
  const OdeOptions& options_;
  double t_;
  Matrix y_;
  Matrix next_;
  Matrix error_;
  std::array<Matrix, kStages> stages_;  ///< stages_[0] is always the derivative at (t_, y_)
  double step_ = 0;                     ///< length of the next step, without direction
  double previous_error_ = 1e-4;
  bool rejected_ = false;
};

class RungeKutta4 {
 public:
  RungeKutta4(const OdeSystem& system, double t0, Matrix y, const OdeOptions& options)
      : system_(system), steps_(options.rk4_steps), t_(t0), y_(std::move(y)), at_(y_), slope_(y_), sum_(y_) {}

  const Matrix& state() const { return y_; }

  void advance(double end) {
    if (end == t_) return;
    const double start = t_;
    const double h = (end - start) / steps_;
    for (int step = 0; step < steps_; ++step) {
      const double t = start + h * step;
      system_(t, y_, sum_);
      at_ = y_ + (h / 2) * sum_;
      system_(t + h / 2, at_, slope_);
      sum_ += 2 * slope_;
      at_ = y_ + (h / 2) * slope_;
      system_(t + h / 2, at_, slope_);
      sum_ += 2 * slope_;
      at_ = y_ + h * slope_;
      system_(t + h, at_, slope_);
      sum_ += slope_;
      y_ += (h / 6) * sum_;
      if (!y_.allFinite()) throw_not_finite(t + h);
    }
    t_ = end;
  }

 private:
  const OdeSystem& system_;
  int steps_;
  double t_;
  Matrix y_;
  Matrix at_;
  Matrix slope_;
  Matrix sum_;
};

template <class Stepper>
void run(Stepper stepper, const std::vector<double>& times, const std::function<void(Index, const Matrix&)>& output) {
  for (std::size_t k = 0; k < times.size(); ++k) {
    stepper.advance(times[k]);
    output(static_cast<Index>(k), stepper.state());
  }
}

void check_times(double t0, const std::vector<double>& times) {
  double previous = t0;
  double direction = 0;
  for (const double time : times) {
    const double change = time - previous;
    if (!std::isfinite(change) || change * direction < 0)
      throw UsageError("times of a trajectory must go one way from its start, found " + format_number(time) +
                       " after " + format_number(previous));
    if (change != 0) direction = change;
    previous = time;
  }
}

}  // namespace

void OdeOptions::validate() const {
  if (!(rtol > 0 && rtol < 1)) throw UsageError("relative tolerance must be between 0 and 1");
  if (!(atol > 0) || !std::isfinite(atol)) throw UsageError("absolute tolerance must be positive");
  if (rk4_steps < 1) throw UsageError("rk4 needs at least one step");
  if (max_steps < 1) throw UsageError("the largest number of steps must be positive");
}

void integrate(const OdeSystem& system, double t0, Matrix y, const std::vector<double>& times,
               const OdeOptions& options, const std::function<void(Index, const Matrix&)>& output) {
  options.validate();
  check_times(t0, times);
  if (!y.allFinite()) throw_not_finite(t0);
  if (options.solver == OdeOptions::Solver::rk4)
    run(RungeKutta4(system, t0, std::move(y), options), times, output);
  else
    run(DormandPrince(system, t0, std::move(y), options), times, output);
}

}  // namespace instar::math
