#include <cmath>

#include "am/fit.hpp"
#include "core/error.hpp"

namespace instar::am {

void FitOptions::validate() const {
  const auto require = [](bool holds, const std::string& what) {
    if (!holds) throw UsageError(what);
  };
  require(method == "uam" || method == "am", "expected uam or am as method, found '" + method + "'");
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
  require(!growth_scale || (*growth_scale > 0 && std::isfinite(*growth_scale)), "--growth-scale must be positive");
  require(method == "uam" || resolved_path() != PathKind::wfr,
          "--method am has no growth, so it cannot follow the growth of --path wfr; use --path ot or linear");
  require(method == "uam" || !growth_scale, "--growth-scale has no meaning for --method am, which has no growth");
}

}  // namespace instar::am
