#include "math/entropic_transport.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace instar::math {
namespace {

/// Beyond this many e-folds between a potential and the one in the kernel the kernel is computed anew: products of
/// kernel and weights then stay far from the ends of single precision (e^+-87).
constexpr double kKernelDrift = 25;
constexpr double kEpsFactor = 4;
constexpr double kStageTolerance = 0.02;

/// Potentials, the ones in the kernel, and the marginals of gamma, for one eps at a time.
class Scaling {
 public:
  Scaling(ScalingKernel& kernel, const Vector& a, const Vector& b, const Vector& start_g, const ScalingOptions& options)
      : kernel_(kernel),
        a_(a),
        b_(b),
        options_(options),
        soft_(options.marginals == Marginals::soft),
        reference_(std::sqrt(a.sum() * b.sum())),
        f_(Vector::Zero(a.size())),
        g_(start_g),
        row_mass_(a.size()) {}

  /// Goes on until the gap is at most `tolerance`, starting from the potentials of the stage before. False where the
  /// iterations have run out.
  bool run_stage(double eps, double tolerance) {
    eps_ = eps;
    theta_ = soft_ ? eps / (1 + eps) : eps;
    restart_rows();
    bool fresh = true;  // gamma_2 belongs to f and g only after a full iteration
    while (result_.iterations < options_.max_iterations) {
      const Vector old_f = f_, old_g = g_;
      ++result_.iterations;
      if (!iterate_rows()) {
        restart_rows();
        fresh = true;
        continue;
      }
      if (!fresh) {
        measure(old_f, old_g);
        if (result_.relative_gap <= tolerance) {
          f_ = old_f, g_ = old_g;
          return true;
        }
      }
      fresh = !iterate_columns();
      if (drift() > kKernelDrift) absorb();
    }
    return false;
  }

  ScalingResult finish(bool converged) {
    absorb();
    result_.f = f_, result_.g = g_;
    result_.converged = converged;
    return result_;
  }

  const ScalingResult& result() const { return result_; }

 private:
  void absorb() {
    kernel_.absorb(f_, g_, eps_);
    f_in_ = f_, g_in_ = g_;
  }

  /// f from g in the log domain, and a new kernel: a start that cannot underflow.
  void restart_rows() {
    kernel_.absorb(g_, b_ / reference_, eps_, theta_, f_);
    f_in_ = f_, g_in_ = g_;
  }

  double drift() const {
    return std::max((f_ - f_in_).cwiseAbs().maxCoeff(), (g_ - g_in_).cwiseAbs().maxCoeff()) / eps_;
  }

  /// New f for the present g, and the column sums that go with it. False where a row has underflowed.
  bool iterate_rows() {
    const Vector w = b_.array() / reference_ * ((g_ - g_in_).array() / eps_).exp();
    const auto update = [this](Index first, Index count, const float* sums, float* weights) {
      for (Index k = 0; k < count; ++k) {
        const Index i = first + k;
        const double sum = static_cast<double>(sums[k]);
        row_mass_[i] = a_[i] * std::exp((f_[i] - f_in_[i]) / eps_) * sum;
        f_[i] = theta_ * (f_in_[i] / eps_ - std::log(sum));
        weights[k] = static_cast<float>(a_[i] / reference_ * std::exp((f_[i] - f_in_[i]) / eps_));
      }
    };
    kernel_.sweep(w, update, column_sums_);
    if (!f_.allFinite() || !column_sums_.allFinite()) return false;
    if (soft_) {
      const double shift = best_shift(a_, f_, b_, g_);
      f_.array() += shift;
      column_sums_ *= std::exp(shift / eps_);
    }
    return true;
  }

  /// New g for the present column sums. False where a column had underflowed, and g was found in the log domain.
  bool iterate_columns() {
    bool lost = false;
    for (Index j = 0; j < b_.size(); ++j) {
      const double sum = column_sums_[j];
      lost = lost || !(sum > 0);
      g_[j] = sum > 0 ? theta_ * (g_in_[j] / eps_ - std::log(sum))
                      : -theta_ * kernel_.soft_column(j, f_, a_ / reference_, eps_);
    }
    if (lost) {
      absorb();
      return false;
    }
    if (soft_) g_.array() += best_shift(b_, g_, a_, f_);
    column_mass_ = b_.array() * ((g_ - g_in_).array() / eps_).exp() * column_sums_.array();
    if (soft_) centre();
    return true;
  }

  /// Adds to f and takes from g what maximises the dual: gamma stays, so the kernel's potentials move along.
  void centre() {
    const double shift = 0.5 * std::log(a_.dot((-f_).array().exp().matrix()) / b_.dot((-g_).array().exp().matrix()));
    f_.array() += shift, f_in_.array() += shift;
    g_.array() -= shift, g_in_.array() -= shift;
  }

  /// The constant by which the plain update of `own` must move to maximise the dual over all translations as well.
  double best_shift(const Vector& mass, const Vector& own, const Vector& other_mass, const Vector& other) const {
    const double mine = mass.dot((-own).array().exp().matrix());
    const double theirs = other_mass.dot((-other).array().exp().matrix());
    return -0.5 * theta_ / (1 - 0.5 * theta_) * std::log(mine / theirs);
  }

  /// Gap and primal value at the potentials that the marginals belong to.
  void measure(const Vector& f, const Vector& g) {
    const double total = row_mass_.sum();
    result_.primal = row_mass_.dot(f) + column_mass_.dot(g) - eps_ * (total - reference_);
    if (soft_) {
      const Vector zero_a = Vector::Zero(a_.size()), zero_b = Vector::Zero(b_.size());
      result_.primal += divergence(row_mass_, a_, zero_a) + divergence(column_mass_, b_, zero_b);
      const double gap = divergence(row_mass_, a_, f) + divergence(column_mass_, b_, g);
      // Identical clouds have nothing to pay; then rounding is all there is.
      result_.relative_gap = gap <= 1e-12 * reference_ ? 0 : gap / result_.primal;
    } else {
      result_.relative_gap = (row_mass_ - a_).cwiseAbs().sum() / a_.sum();
    }
  }

  ScalingKernel& kernel_;
  const Vector &a_, &b_;
  const ScalingOptions& options_;
  bool soft_;
  double reference_;  ///< sqrt(sum a sum b)
  double eps_ = 0, theta_ = 0;
  Vector f_, g_, f_in_, g_in_;  ///< potentials, and those in the kernel
  Vector row_mass_, column_mass_, column_sums_;
  ScalingResult result_;
};

}  // namespace

double divergence(const Vector& mass, const Vector& base, const Vector& potential) {
  double sum = 0;
  for (Index i = 0; i < mass.size(); ++i) {
    if (base[i] == 0) continue;
    const double target = base[i] * std::exp(-potential[i]);
    sum += target - mass[i];
    if (mass[i] > 0) sum += mass[i] * std::log(mass[i] / target);
  }
  return std::max(sum, 0.0);
}

ScalingResult solve_scaling(ScalingKernel& kernel, const Vector& a, const Vector& b, const Vector& start_g,
                            const ScalingOptions& options, core::Reporter& reporter) {
  Scaling scaling(kernel, a, b, start_g, options);
  double eps = std::max(options.eps, options.eps_start);
  while (true) {
    const bool last = eps <= options.eps;
    const bool reached =
        scaling.run_stage(eps, last ? options.tolerance : std::max(options.tolerance, kStageTolerance));
    reporter.detail("coupling: eps " + std::to_string(eps) + ", " + std::to_string(scaling.result().iterations) +
                    " sweeps, relative gap " + std::to_string(scaling.result().relative_gap));
    if (last || !reached) return scaling.finish(reached);
    eps = std::max(options.eps, eps / kEpsFactor);
  }
}

}  // namespace instar::math
