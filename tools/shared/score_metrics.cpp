#include "shared/score_metrics.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "math/sliced.hpp"

namespace instar::tools {
namespace {

const std::vector<std::string> kKnownMetrics{"w1",        "w2",        "mmd",       "energy",   "mass",
                                             "sliced_w1", "sliced_w2", "w1_bounds", "w2_bounds"};

}  // namespace

void MetricRequest::validate() const {
  for (const std::string& metric : metrics) {
    if (std::find(kKnownMetrics.begin(), kKnownMetrics.end(), metric) != kKnownMetrics.end()) continue;
    std::string known;
    for (const std::string& name : kKnownMetrics) known += (known.empty() ? "" : ", ") + name;
    throw UsageError("--metrics: expected some of " + known + ", found '" + metric + "'");
  }
}

NamedValues measured(const MetricRequest& request, const math::Cloud& predicted, const math::Cloud& truth,
                     const std::function<std::optional<double>()>& mass_error, core::Reporter& reporter) {
  NamedValues values;
  for (const std::string& metric : request.metrics) {
    if (metric == "w1") values.emplace_back("w1", math::wasserstein1(predicted, truth, reporter));
    if (metric == "w2") values.emplace_back("w2", math::wasserstein2(predicted, truth, reporter));
    if (metric == "mmd")
      values.emplace_back("mmd", request.mmd_gamma ? math::mmd_unbiased(predicted, truth, *request.mmd_gamma)
                                                   : math::mmd(predicted, truth));
    if (metric == "energy") values.emplace_back("energy", math::energy_distance(predicted, truth));
    if (metric == "mass") values.emplace_back("mass_error", mass_error());
    for (const int power : {1, 2}) {
      const std::string name = "w" + std::to_string(power);
      if (metric == "sliced_" + name)
        values.emplace_back(metric, math::sliced_wasserstein(predicted, truth, power, request.projections));
      if (metric != name + "_bounds") continue;
      const math::DistanceBounds bounds = math::wasserstein_bounds(predicted, truth, power);
      values.emplace_back(name + "_lower", bounds.lower);
      values.emplace_back(name + "_upper", bounds.upper);
    }
  }
  return values;
}

}  // namespace instar::tools
