#pragma once

#include <string>
#include <vector>

#include "cli/verbs.hpp"

namespace instar::cli {

/// The program `instar`: `instar pca ...` becomes `instar-pca ...`, found beside this program, else in PATH.
/// @returns an exit code, unless the process has become the tool
int dispatch(int argc, char** argv);

}  // namespace instar::cli
