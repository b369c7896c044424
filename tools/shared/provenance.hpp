#pragma once

#include <string>

#include "cli/command.hpp"
#include "core/record.hpp"

namespace instar::tools {

/// What an output says about its making: version, command line, every option as resolved, and the input's digest.
/// @param input_digest empty where a tool has no input
core::Facts provenance(const cli::Context& context, const std::string& input_digest = "");

}  // namespace instar::tools
