#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/record.hpp"

namespace instar::io {

/// A JSON object as plain facts: members of objects inside it get names with dots (`options.steps`), arrays of numbers
/// or of texts stay arrays, null is left out. @throws UsageError, a sentence on what is wrong, for what is no object
core::Facts parse_json_object(std::string_view text);

/// A file of JSON objects, one a line (the log of a fit). A last line without its end is left out: it is being written.
/// @throws DataError where it cannot be read (names the line)
std::vector<core::Facts> read_json_lines(const std::string& path);

}  // namespace instar::io
