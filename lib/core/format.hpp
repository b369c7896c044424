#pragma once

#include <string>

namespace instar::core {

/// The shortest text that reads back as `value` (`3`, `0.1`, `1e-05`); for files.
std::string format_number(double value);

/// `value` to four significant digits (`0.1235`, `1.002`); for people.
std::string format_short(double value);

}  // namespace instar::core
