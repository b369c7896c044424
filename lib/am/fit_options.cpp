#include <cmath>

#include "am/fit.hpp"
#include "core/error.hpp"

namespace instar::am {

void FitOptions::validate() const {
  const auto require = [](bool holds, const std::string& what) {
    if (!holds) throw UsageError(what);
  };
  require(has_growth() || has_noise() || method == "am",
          "expected am, eam, uam or ueam as method, found '" + method + "'");
  require(!estimator || *estimator == "conditional" || *estimator == "action",
          "expected conditional or action as estimator, found '" + estimator.value_or("") + "'");
  require(std::isfinite(sigma) && sigma >= 0, "--sigma must not be negative");
  require(std::isfinite(time_smoothness) && time_smoothness >= 0, "--time-smoothness must not be negative");
  require(ensemble >= 1 && ensemble <= 1000, "--ensemble must be between 1 and 1000");
  require(steps >= 1, "--steps must be at least 1");
  require(batch >= 1 && batch <= (1 << 22), "--batch must be between 1 and 4194304");
  require(width >= 1 && width <= 8192, "--width must be between 1 and 8192");
  require(depth >= 1 && depth <= 64, "--depth must be between 1 and 64");
  require(learning_rate > 0 && std::isfinite(learning_rate), "--learning-rate must be positive");
  require(ema >= 0 && ema < 1, "--ema must be at least 0 and below 1");
  require(clip >= 0, "--clip must not be negative");
  require(warmup >= 0 && warmup < steps, "--warmup must be at least 0 and below --steps");
  require(time_scale > 0 && std::isfinite(time_scale), "--time-scale must be positive");
  require(coupling_blur >= 0 && std::isfinite(coupling_blur), "--coupling-blur must not be negative");
  const bool coupled = resolved_path() == PathKind::wfr || resolved_path() == PathKind::ot;
  require(coupled || coupling_blur == FitOptions{}.coupling_blur,
          "--coupling-blur has no meaning for --path " + to_string(resolved_path()) +
              ", which solves no transport problem; leave it out, or use --path wfr or ot");
  require(!growth_scale || (*growth_scale > 0 && std::isfinite(*growth_scale)), "--growth-scale must be positive");
  require(
      has_growth() || resolved_path() != PathKind::wfr,
      "--method " + method + " has no growth, so it cannot follow the growth of --path wfr; use --path ot or linear");
  require(has_growth() || !growth_scale,
          "--growth-scale has no meaning for --method " + method + ", which has no growth");
  require(!has_noise() || sigma > 0, "--method " + method + " needs the size of its noise; give --sigma");
  require(has_noise() || sigma == 0, "--method " + method + " has no noise; leave --sigma out, or use --method " +
                                         (method == "am" ? "eam" : "ueam"));
  // Without growth s is free up to a function of time, and its share of the boundary terms, which the masses decide,
  // would sink without end.
  require(has_growth() || !uses_action() || mass == "uniform",
          "--method " + method + " has no growth, so its action cannot follow masses that change; leave --mass " +
              mass + " out, or use --method " + (has_noise() ? "ueam" : "uam"));
  require(uses_action() || resolved_path() != PathKind::snapshots,
          "--path snapshots has nothing between the observed times, so no velocity that --estimator conditional could "
          "match; use --estimator action");
}

FitOptions FitOptions::problem_part() const {
  const FitOptions plain;
  FitOptions part = *this;
  part.steps = plain.steps;
  part.batch = plain.batch;
  part.width = plain.width;
  part.depth = plain.depth;
  part.learning_rate = plain.learning_rate;
  part.ema = plain.ema;
  part.clip = plain.clip;
  part.time_scale = plain.time_scale;
  part.warmup = plain.warmup;
  part.time_smoothness = plain.time_smoothness;
  part.ensemble = plain.ensemble;
  if (!early_stop) part.seed = plain.seed;  // else it chooses the cells that are kept back
  return part;
}

}  // namespace instar::am
