#pragma once

#include "cli/command.hpp"
#include "io/reading.hpp"

namespace instar::tools {

/// How a tool with --memory reads matrices.
inline io::Reading reading(const cli::Context& context) {
  return {context.common.memory_bytes, &context.reporter, context.common.memory.has_value()};
}

}  // namespace instar::tools
