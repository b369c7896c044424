#include "shared/provenance.hpp"

#include "core/version.hpp"

namespace instar::tools {

core::Facts provenance(const cli::Context& context, const std::string& input_digest) {
  core::Facts facts{{"version", std::string(core::kVersion)}, {"command", context.command_line}};
  for (const auto& [name, value] : context.options) facts["options." + name] = value;
  if (!input_digest.empty()) facts["input_digest"] = input_digest;
  return facts;
}

}  // namespace instar::tools
