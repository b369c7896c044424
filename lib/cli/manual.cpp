#include <algorithm>

#include "cli/pages.hpp"
#include "cli/text.hpp"
#include "core/version.hpp"

namespace instar::cli {
namespace {

/// Text as roff takes it: backslashes and hyphens escaped (a plain `-` may become a typographic hyphen, which cannot be
/// pasted), no line mistaken for a request.
std::string roff(const std::string& text) {
  std::string out = replace_all(replace_all(text, "\\", "\\e"), "-", "\\-");
  out = replace_all(replace_all(out, "'", "\\(aq"), "^", "\\(ha");
  out = replace_all(replace_all(out, "~", "\\(ti"), "`", "\\(ga");
  return !out.empty() && out[0] == '.' ? "\\&" + out : out;
}

/// An argument of a request.
std::string quoted(const std::string& text) { return "\"" + replace_all(roff(text), "\"", "\\(dq") + "\""; }

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  return text;
}

std::string top(const std::string& name, const std::string& summary) {
  return ".TH " + quoted(upper(name)) + " 1 \"\" " + quoted("instar " + std::string(core::kVersion)) +
         " \"instar manual\"\n.SH NAME\n" + roff(name) + " \\- " + roff(summary) + "\n";
}

std::string heading(const Flag& flag) {
  std::string text;
  for (const std::string& name : flag.names) text += (text.empty() ? "\\fB" : ", \\fB") + roff(name) + "\\fR";
  if (flag.takes_value()) text += (flag.positional() ? "\\fI" : " \\fI") + roff(flag.placeholder) + "\\fR";
  return text;
}

std::string item(const std::string& heading, const std::string& text) {
  return ".TP\n" + heading + "\n" + roff(text) + "\n";
}

std::string flag_item(const Flag& flag) {
  std::string text = item(heading(flag), flag_sentence(flag));
  const bool explained =
      std::any_of(flag.words.begin(), flag.words.end(), [](const auto& w) { return !w.second.empty(); });
  if (!explained) return text;
  text += ".RS\n";
  for (const auto& [word, says] : flag.words) {
    if (!says.empty()) text += item("\\fB" + roff(word) + "\\fR", says);
  }
  return text + ".RE\n";
}

std::string items(const std::string& title, const Explained& pairs) {
  std::string text = ".SH " + title + "\n";
  for (const auto& [term, says] : pairs) text += item("\\fB" + roff(term) + "\\fR", says);
  return text;
}

/// instar(1) names every tool, and every tool instar(1).
std::string see_also(const std::vector<std::string>& names) {
  std::string text = ".SH SEE ALSO\n";
  for (const std::string& name : names) {
    text += ".BR " + roff(name) + " (1)" + (name == names.back() ? "" : ",") + "\n";
  }
  return text;
}

}  // namespace

const Explained& exit_codes() {
  static const Explained codes = {
      {"0", "done"},
      {"1", "the tool ran, and the answer is no"},
      {"2", "the command line makes no sense"},
      {"3", "a file cannot be read or written, what is in it cannot be used, or memory ran out"},
      {"4", "a computation broke down"},
      {"70", "a bug in instar"},
      {"130, 143", "ended by Ctrl-C or SIGTERM; where work was saved, a message says how to go on"}};
  return codes;
}

Explained environment_variables(const Table& table) {
  Explained variables;
  if (table.find("--threads") != nullptr)
    variables.emplace_back("OMP_NUM_THREADS", "number of threads where --threads is not given");
  variables.emplace_back("TMPDIR", "folder of temporary files (/tmp)");
  return variables;
}

std::string manual_page(const Table& table) {
  std::string text = top(table.name, table.summary);
  text += ".SH SYNOPSIS\n.B " + roff(table.name) + "\n" + roff(table.usage()) + "\n.SH DESCRIPTION\n";
  if (table.paragraphs.empty()) text += roff(table.summary) + "\n";
  for (const std::string& paragraph : table.paragraphs)
    text += (&paragraph == &table.paragraphs.front() ? "" : ".PP\n") + roff(paragraph) + "\n";
  text += ".SH OPTIONS\n";
  for (const std::string& title : table.sections()) {
    const auto flags = table.in_section(title);
    if (!flags.empty()) text += ".SS " + quoted(title) + "\n";
    for (const Flag* flag : flags) text += flag_item(*flag);
  }
  if (!table.examples.empty()) text += ".SH EXAMPLES\n";
  for (const Example& example : table.examples) {
    text += (&example == &table.examples.front() ? "" : ".PP\n") + roff(example.says) + "\n";
    text += ".PP\n.RS 4\n.nf\n" + roff(example.command) + "\n.fi\n.RE\n";
  }
  return text + items("EXIT STATUS", exit_codes()) + items("ENVIRONMENT", environment_variables(table)) +
         see_also({"instar"});
}

std::string manual_page(const VerbTable& table) {
  std::string text = top("instar", "Action Matching for single-cell time courses");
  text += ".SH SYNOPSIS\n.B instar\n\\fIVERB\\fR [\\fIarguments\\fR]\n.SH DESCRIPTION\n";
  text +=
      roff("Runs the tool instar-VERB, found beside instar itself or in PATH, with the arguments that follow.") + "\n";
  text += ".SH VERBS\n";
  std::vector<std::string> names;
  for (const Verb& verb : table) {
    text += item("\\fB" + roff(verb.name) + "\\fR", verb.summary);
    names.push_back("instar-" + verb.name);
  }
  text += item("\\fBhelp\\fR \\fIVERB\\fR", "the help of one tool");
  text += ".SH OPTIONS\n" + item("\\fB\\-h\\fR, \\fB\\-\\-help\\fR", "list the verbs");
  text += item("\\fB\\-V\\fR, \\fB\\-\\-version\\fR", "print the version");
  return text + items("EXIT STATUS", exit_codes()) + see_also(names);
}

}  // namespace instar::cli
