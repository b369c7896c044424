#pragma once

#include <stdexcept>
#include <string>

namespace instar {

/// The command line, or a combination of options, makes no sense. Exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A file cannot be read or written, or what is in it cannot be used. Exit code 3.
/// The message says where, what was expected, what was found and what to do.
class DataError : public std::runtime_error {
 public:
  struct Where {
    std::string file;       ///< path as the user gave it; empty where the data did not come from a file
    std::string path = {};  ///< place inside the file, as `obs/day` or `obsm/X_pca`
  };

  /// @param where file and place inside it (either may be empty)
  /// @param problem what was expected and what was found, one sentence without a full stop
  /// @param advice what to do about it; empty if there is nothing to say
  DataError(const Where& where, const std::string& problem, const std::string& advice = "");
  /// Data without a file of its own (tests, generated snapshots).
  explicit DataError(const std::string& problem) : DataError({}, problem) {}
};

/// A computation broke down: NaN, overflow, no convergence. Exit code 4.
class NumericError : public std::runtime_error {
 public:
  /// @param quantity what broke (`loss`, `coupling day 2 to 5`)
  /// @param problem what happened to it, and at which step
  /// @param advice what to try
  NumericError(const std::string& quantity, const std::string& problem, const std::string& advice = "");
};

}  // namespace instar
