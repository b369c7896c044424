#pragma once

#include <string>

#include "cli/command.hpp"
#include "core/version.hpp"

namespace instar::tools {

/// What an output says about its making: version, command line, every option as resolved, and the input's digest.
/// @param input_digest empty where a tool has no input
inline core::Facts provenance(const cli::Context& context, const std::string& input_digest = "") {
  core::Facts facts{{"version", std::string(core::kVersion)}, {"command", context.command_line}};
  for (const auto& [name, value] : context.options) facts["options." + name] = value;
  if (!input_digest.empty()) facts["input_digest"] = input_digest;
  return facts;
}

}  // namespace instar::tools
