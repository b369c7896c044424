#pragma once

#include <string>

#include "core/error.hpp"

namespace instar::tools {

/// Calls `work`; what it finds wrong with data is told with the file's name and the place inside it (which the library,
/// that knows no files, cannot say). Errors that name the file already pass unchanged.
template <class Work>
auto naming(const DataError::Where& where, const Work& work) {
  try {
    return work();
  } catch (const DataError& error) {
    const std::string text = error.what();
    if (where.file.empty() || text.starts_with(where.file + ":")) throw;
    throw DataError(where, text);
  }
}

/// How a message calls an output.
inline std::string told(const std::string& output) { return output == "-" ? "standard output" : output; }

}  // namespace instar::tools
