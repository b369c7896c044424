#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace instar::tools {

/// Finished parts of a table that is being made, in PATH.partial, so that an interrupted run can go on. Its first line
/// says which run it is of. Not for several threads at once.
class HoldoutJournal {
 public:
  using Rows = std::vector<std::vector<std::string>>;
  enum class Found { nothing, same, another };

  /// @param target the table; - for standard output: nothing is kept
  /// @param run text that differs where input or options do, so that only like is joined with like
  HoldoutJournal(const std::string& target, std::string run);
  /// Whose rest is there. That of the same run is taken up, that of another is overwritten by the first add().
  Found take_up();
  const std::string& path() const { return path_; }
  bool has(const std::string& part) const { return parts_.count(part) > 0; }
  bool empty() const { return parts_.empty() && chosen_.empty(); }
  const Rows& rows(const std::string& part) const { return parts_.at(part); }
  /// A part is finished: kept here, and synced to the disk. @throws DataError
  void add(const std::string& part, const Rows& rows);
  /// The setting that was chosen for something, so that it is not looked for again.
  void choose(const std::string& what, const std::string& setting);
  std::optional<std::string> chosen(const std::string& what) const;
  void remove();  ///< the table is there, the journal is not needed any more

 private:
  void append(const std::string& text);

  std::string path_;  ///< empty: nothing is kept
  std::string run_;
  std::map<std::string, Rows> parts_;
  std::map<std::string, std::string> chosen_;
  bool started_ = false;
};

}  // namespace instar::tools
