#include "shared/holdout_journal.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include "core/error.hpp"
#include "shared/holdout_table.hpp"

namespace instar::tools {
namespace {

const std::string kDone = "# done ";
const std::string kChosen = "# chosen ";

}  // namespace

HoldoutJournal::HoldoutJournal(const std::string& target, std::string run)
    : path_(target == "-" ? "" : target + ".partial"), run_("# instar-holdout " + std::move(run)) {}

HoldoutJournal::Found HoldoutJournal::take_up() {
  std::ifstream file(path_);
  std::string line;
  if (path_.empty() || !file || !std::getline(file, line) || file.eof()) return Found::nothing;
  if (line != run_) return Found::another;
  std::map<std::string, Rows> parts;
  std::map<std::string, std::string> chosen;
  Rows unfinished;
  while (std::getline(file, line)) {
    if (file.eof()) break;  // a line without its end was being written
    if (line.starts_with(kDone)) {
      parts[line.substr(kDone.size())] = std::move(unfinished);
      unfinished.clear();
    } else if (line.starts_with(kChosen)) {
      const auto tab = line.find('\t');
      chosen[line.substr(kChosen.size(), tab - kChosen.size())] = line.substr(tab + 1);
    } else {
      unfinished.push_back(cut_row(line));
    }
  }
  file.close();
  // Written anew without what was unfinished, so that more can be appended.
  for (const auto& [what, setting] : chosen) choose(what, setting);
  for (const auto& [part, rows] : parts) add(part, rows);
  return Found::same;
}

void HoldoutJournal::add(const std::string& part, const Rows& rows) {
  parts_[part] = rows;
  std::string text;
  for (const auto& row : rows) text += joined_row(row);
  append(text + kDone + part + '\n');
}

void HoldoutJournal::choose(const std::string& what, const std::string& setting) {
  chosen_[what] = setting;
  append(kChosen + what + '\t' + setting + '\n');
}

std::optional<std::string> HoldoutJournal::chosen(const std::string& what) const {
  const auto found = chosen_.find(what);
  return found == chosen_.end() ? std::nullopt : std::optional(found->second);
}

void HoldoutJournal::append(const std::string& text) {
  if (path_.empty()) return;
  const std::string all = (started_ ? "" : run_ + '\n') + text;
  const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | (started_ ? O_APPEND : O_TRUNC), 0666);
  const bool written =
      file >= 0 && ::write(file, all.data(), all.size()) == static_cast<ssize_t>(all.size()) && ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  if (!written) throw DataError({path_}, std::strerror(error));
  started_ = true;
}

void HoldoutJournal::remove() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove(path_, ignored);
}

}  // namespace instar::tools
