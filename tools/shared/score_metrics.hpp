#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "am/bootstrap.hpp"
#include "core/reporter.hpp"
#include "math/metrics.hpp"

namespace instar::tools {

/// What instar-score is to measure.
struct MetricRequest {
  std::vector<std::string> metrics{"w1", "w2", "mmd", "energy", "mass"};
  std::optional<double> mmd_gamma;
  std::int64_t projections = am::DistanceOptions{}.projections;

  void validate() const;  ///< @throws UsageError for a metric that there is not
};

/// Values by column name, in the order asked for; what is unknown is absent.
using NamedValues = std::vector<std::pair<std::string, std::optional<double>>>;
NamedValues measured(const MetricRequest& request, const math::Cloud& predicted, const math::Cloud& truth,
                     const std::function<std::optional<double>()>& mass_error, core::Reporter& reporter);

}  // namespace instar::tools
