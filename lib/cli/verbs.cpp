#include "cli/verbs.hpp"

#include <stdexcept>

namespace instar::cli {

const VerbTable& verbs() {
  static const VerbTable table = {
      {"info", "show what an h5ad file holds"},
      {"simulate", "make time courses whose velocity and growth are known"},
      {"prep", "normalise counts and find highly variable genes"},
      {"pca", "compute principal components of expression"},
      {"fit", "learn the dynamics of a time course by Action Matching"},
      {"predict", "move cells through time with a fitted model"},
      {"score", "measure how far predicted cells are from observed ones"},
      {"holdout", "hold out times in turn, predict and score them beside baselines"},
      {"couplings", "write the transport maps between neighbouring times"},
      {"annotate", "write growth rate, potential and velocity of observed cells"},
      {"drivers", "rank genes by what the velocity changes, and by growth"},
      {"report", "show cells, predictions and their scores in one page"},
      {"workflow", "copy out a Snakemake workflow, ready to edit"},
  };
  return table;
}

const std::string& summary_of(const std::string& program) {
  for (const Verb& verb : verbs()) {
    if ("instar-" + verb.name == program) return verb.summary;
  }
  throw std::logic_error(program + " is not in the table of verbs (lib/cli/verbs.cpp)");
}

}  // namespace instar::cli
