#pragma once

#include <string>

#include "am/fit.hpp"
#include "cli/command.hpp"
#include "shared/embedding.hpp"

namespace instar::tools {

/// The flags of instar-fit that every tool that fits takes too, as typed.
struct FitFlags {
  EmbeddingRequest embedding;
  am::FitOptions options;
  std::string scale = "global";
  std::string path;
  std::string growth_scale = "auto";
  std::string estimator = "auto";

  /// Adds the flags to a command's table.
  void add_to(cli::Command& command);
  /// Resolves words into options, reads given masses. @throws UsageError, DataError
  am::FitOptions resolve(const Embedding& embedding, const cli::Context& context) const;
};

}  // namespace instar::tools
