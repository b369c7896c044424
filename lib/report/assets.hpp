#pragma once

#include <string_view>

namespace instar::report {

/// A file of lib/report/page, embedded at build (cmake/InstarEmbed.cmake). @throws std::out_of_range for other names
std::string_view asset(std::string_view name);

}  // namespace instar::report
