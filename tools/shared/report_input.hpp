#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "report/content.hpp"

namespace instar::tools {

/// What a report is made from; empty: not given.
struct ReportRequest {
  std::string model;
  std::string data;
  std::string time_key;
  std::string basis;
  std::string predictions;
  std::string holdout;
  std::string log;
  std::vector<std::string> colours;
  std::string label;
  std::vector<std::string> axes{"1", "2"};
  std::string title;
};

/// Reads all that is given and brings it together. @throws UsageError, DataError
report::Content read_report(const ReportRequest& request, const cli::Context& context);

}  // namespace instar::tools
