#include "cli/table.hpp"

#include <algorithm>
#include <cctype>

namespace instar::cli {

bool Flag::answers_to(const std::string& name) const {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> Flag::choices() const {
  std::vector<std::string> texts(words.size());
  std::transform(words.begin(), words.end(), texts.begin(), [](const auto& word) { return word.first; });
  return texts;
}

std::string Flag::key() const {
  std::string text = display();
  if (positional()) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  }
  return text.substr(text.find_first_not_of('-'));
}

bool Flag::takes_path() const {
  if (!words.empty()) return false;
  if (positional() || placeholder.find('.') != std::string::npos) return true;
  const auto mentions = [&](const char* word) { return placeholder.find(word) != std::string::npos; };
  return mentions("FILE") || mentions("PATH") || mentions("DIR") || mentions("MODEL");
}

const Flag* Table::find(const std::string& flag_name) const {
  for (const Flag& flag : flags) {
    if (flag.answers_to(flag_name)) return &flag;
  }
  return nullptr;
}

std::vector<std::string> Table::sections() const {
  std::vector<std::string> titles;
  for (const Flag& flag : flags) {
    if (flag.section != kCommon && std::find(titles.begin(), titles.end(), flag.section) == titles.end())
      titles.push_back(flag.section);
  }
  titles.emplace_back(kCommon);
  return titles;
}

std::vector<const Flag*> Table::in_section(const std::string& title) const {
  std::vector<const Flag*> found;
  for (const Flag& flag : flags) {
    if (flag.section == title && !flag.hidden) found.push_back(&flag);
  }
  return found;
}

std::string Table::usage() const {
  std::string text;
  for (const Flag& flag : flags) {
    if (flag.positional()) text += flag.placeholder + " ";
  }
  for (const Flag& flag : flags) {
    if (!flag.positional() && flag.required) text += flag.names.front() + " " + flag.placeholder + " ";
  }
  return text + "[options]";
}

}  // namespace instar::cli
