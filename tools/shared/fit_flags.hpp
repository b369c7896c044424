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
  std::vector<core::TimeLabel> excluded;  ///< --exclude-times
  std::string scale = "global";
  std::string path;
  std::string growth_scale = "auto";
  std::string estimator = "auto";

  /// Adds the flags to a command's table.
  void add_to(cli::Command& command);
  /// Those of them that say which cells are meant, in which coordinates.
  void add_cells(cli::Command& command);
  /// Those of them that decide on couplings between neighbouring times, whatever the path.
  void add_coupling(cli::Command& command);
  /// Resolves words into options, reads given masses. @throws UsageError, DataError
  am::FitOptions resolve(const Embedding& embedding, const cli::Context& context) const;
};

/// Puts what stood for `auto` or was not given in place of it: path, estimator and growth scale, for provenance and
/// --dry-run. @param growth_scale as the plan or the model has it
void record_choices(core::Facts& resolved, const am::FitOptions& options, double growth_scale);

}  // namespace instar::tools
