#include <algorithm>

#include "cli/pages.hpp"
#include "cli/text.hpp"

namespace instar::cli {
namespace {

constexpr std::size_t kMargin = 2;   ///< before a flag
constexpr std::size_t kColumn = 28;  ///< where explanations begin

/// `heading` at the margin and `text` in the column beside it, or below where the heading is too long.
std::string entry(const std::string& heading, const std::string& text, std::size_t margin, std::size_t column,
                  std::size_t width) {
  std::string out = std::string(margin, ' ') + heading;
  bool first = true;
  for (const std::string& line : wrap(text, width - column)) {
    if (first && out.size() + 2 <= column) {
      out += std::string(column - out.size(), ' ') + line;
    } else {
      out += "\n" + std::string(column, ' ') + line;
    }
    first = false;
  }
  return out + "\n";
}

std::string flag_entry(const Flag& flag, std::size_t width) {
  std::string text = entry(flag_heading(flag), flag_sentence(flag), kMargin, kColumn, width);
  std::size_t longest = 0;
  for (const auto& [word, says] : flag.words) longest = std::max(longest, word.size());
  const std::size_t column = std::min(kColumn + longest + 4, kColumn + 18);
  for (const auto& [word, says] : flag.words) {
    if (!says.empty()) text += entry(word, says, kColumn + 2, column, width);
  }
  return text;
}

}  // namespace

std::string flag_heading(const Flag& flag) {
  if (flag.positional()) return flag.placeholder;
  std::string text = join(flag.names, ", ");
  if (flag.names.front().rfind("--", 0) == 0) text = "    " + text;  // long names stand below each other
  return flag.takes_value() ? text + " " + flag.placeholder : text;
}

std::string flag_sentence(const Flag& flag) {
  std::string text = flag.help;
  std::vector<std::string> plain_words;
  for (const auto& [word, says] : flag.words) {
    if (says.empty()) plain_words.push_back(word);
  }
  if (!plain_words.empty()) text += ": " + join_words(plain_words, "or");
  if (flag.required && !flag.positional()) text += " (required)";
  if (!flag.default_text.empty()) text += " [" + flag.default_text + "]";
  return text;
}

std::string help_page(const Table& table, std::size_t width) {
  std::string text = table.name + ": " + table.summary + "\n\n";
  text += "Usage: " + table.name + " " + table.usage() + "\n";
  for (const std::string& paragraph : table.paragraphs) text += "\n" + join(wrap(paragraph, width), "\n") + "\n";
  for (const std::string& title : table.sections()) {
    const auto flags = table.in_section(title);
    if (flags.empty()) continue;
    text += "\n" + title + ":\n";
    for (const Flag* flag : flags) text += flag_entry(*flag, width);
  }
  if (!table.examples.empty()) text += table.examples.size() == 1 ? "\nExample:\n" : "\nExamples:\n";
  for (const Example& example : table.examples) {
    text += "  " + example.command + "\n";
    for (const std::string& line : wrap(example.says, width - 6)) text += "      " + line + "\n";
  }
  text += "\nExit codes: 0 done, 1 answer is no, 2 usage, 3 data or files, 4 numbers, 70 bug\n";
  return text;
}

}  // namespace instar::cli
