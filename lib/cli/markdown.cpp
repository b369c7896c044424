#include <algorithm>

#include "cli/pages.hpp"
#include "cli/text.hpp"

namespace instar::cli {
namespace {

/// Prose as Markdown takes it: nothing in it is emphasis, a link, a tag or a cell of a table.
std::string prose(const std::string& text) {
  constexpr std::string_view kSpecial = "\\`*_{}[]#|";
  std::string out;
  for (const char c : text) {
    if (kSpecial.find(c) != std::string_view::npos) out += '\\';
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string code(const std::string& text) { return "`" + text + "`"; }

std::string fenced(const std::string& kind, const std::string& text) {
  return "```" + kind + "\n" + text + "\n```\n\n";
}

/// `instar-pca` as users type it.
std::string spoken(const std::string& program) { return "instar " + program.substr(program.find('-') + 1); }

std::string entry(const std::string& term, const std::string& text) { return term + "\n:   " + text + "\n\n"; }

/// A link `instar-pca.md#--n-comps` leads to its flag.
std::string flag_entry(const Flag& flag) {
  const std::string heading = flag_heading(flag);
  const std::string term = code(heading.substr(heading.find_first_not_of(' ')));
  std::string text =
      entry(flag.positional() ? term : "<a id=\"" + flag.display() + "\"></a>" + term, prose(flag_sentence(flag)));
  bool listed = false;
  for (const auto& [word, says] : flag.words) {
    if (says.empty()) continue;
    text += "    - " + code(word) + ": " + prose(says) + "\n";
    listed = true;
  }
  return listed ? text + "\n" : text;
}

std::string items(const Explained& pairs) {
  std::string text;
  for (const auto& [term, says] : pairs) text += entry(code(term), prose(says));
  return text;
}

std::string ending(const Explained& variables) {
  std::string text = "## Exit codes\n\n" + items(exit_codes());
  return variables.empty() ? text : text + "## Environment\n\n" + items(variables);
}

}  // namespace

std::string markdown_page(const Table& table) {
  std::string text = "# " + spoken(table.name) + "\n\n**" + prose(table.summary) + "**\n\n";
  text += fenced("text", table.name + " " + table.usage());
  for (const std::string& paragraph : table.paragraphs) text += prose(paragraph) + "\n\n";
  if (!table.examples.empty()) text += "## Examples\n\n";
  for (const Example& example : table.examples) text += prose(example.says) + ":\n\n" + fenced("sh", example.command);
  for (const std::string& title : table.sections()) {
    const auto flags = table.in_section(title);
    if (!flags.empty()) text += "## " + prose(title) + "\n\n";
    for (const Flag* flag : flags) text += flag_entry(*flag);
  }
  return text + ending(environment_variables(table));
}

std::string markdown_page(const VerbTable& verbs) {
  std::string text =
      "# The tools\n\n`instar VERB` runs the tool `instar-VERB`, found beside `instar` itself or in `PATH`, with the "
      "arguments that follow. In the order of a pipeline:\n\n| tool | does |\n|---|---|\n";
  for (const Verb& verb : verbs) {
    text += "| [instar " + verb.name + "](instar-" + verb.name + ".md) | " + prose(verb.summary) + " |\n";
  }
  text +=
      "\n`instar VERB --help` and `man instar-VERB` say the same as these pages: all three are printed from one table "
      "of flags.\n\n";
  return text + ending({});
}

}  // namespace instar::cli
