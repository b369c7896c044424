#pragma once

#include <string>
#include <utility>
#include <vector>

#include "report/content.hpp"

namespace instar::report {

/// The cells' numbers as the page's script reads them (page/data.js): see docs/report.md.
std::string cell_arrays(const Content& content);

/// Words and options of the section that shows the cells (page/cells.html).
std::vector<std::pair<std::string, std::string>> cell_fields(const Content& content);

}  // namespace instar::report
