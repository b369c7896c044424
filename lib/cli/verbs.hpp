#pragma once

#include <string>
#include <vector>

namespace instar::cli {

/// One tool of the toolkit: `instar pca` runs `instar-pca`.
struct Verb {
  std::string name;
  std::string summary;  ///< one line, no capital, no full stop; the tool's own help begins with it
};

using VerbTable = std::vector<Verb>;

/// All tools, in the order of a pipeline. The one list: Command takes its summary from here, the dispatcher its verbs.
const VerbTable& verbs();

/// Summary of a program (`instar-pca`). @throws std::logic_error where it is not in the table
const std::string& summary_of(const std::string& program);

}  // namespace instar::cli
