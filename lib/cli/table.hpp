#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/record.hpp"

/// The flag table of one tool as plain data. Inside cli only: command.cpp fills it, and the parser, the help, the
/// manual page and the completions are functions of it, so they cannot differ.
namespace instar::cli {

struct Flag {
  std::vector<std::string> names;  ///< `-n`, `--n-comps`; empty for a positional argument
  std::string placeholder;         ///< what stands for the value (`N`); empty for a switch
  std::string help;
  std::string section;
  std::vector<std::pair<std::string, std::string>> words;  ///< the values of a choice, each with its explanation
  std::string default_text;                                ///< shown by the help; empty if there is nothing to show
  bool required = false;
  bool repeats = false;  ///< may be given several times
  bool hidden = false;   ///< parsed, but in no page
  bool answers = false;  ///< -h and -V: the run ends here, whatever else is missing

  /// Takes one value (a switch gets an empty text). @throws UsageError, a sentence that goes on after the flag's name
  std::function<void(const std::string&)> set;
  /// The resolved value for provenance; empty where the flag has none, or is of no interest there.
  std::function<std::optional<core::Value>()> value;

  bool positional() const { return names.empty(); }
  bool takes_value() const { return !placeholder.empty(); }
  bool answers_to(const std::string& name) const;
  /// The name for messages: the long one, or a positional's placeholder.
  const std::string& display() const { return positional() ? placeholder : names.back(); }
  std::vector<std::string> choices() const;  ///< the words alone
  /// Its key among the facts: `n-comps`, `input`.
  std::string key() const;
  /// Whether the value is a file or folder, which shells complete by themselves.
  bool takes_path() const;
};

struct Example {
  std::string command;
  std::string says;
};

/// Two flags that exclude each other, or of which the first needs the second.
struct Pair {
  std::string first;
  std::string second;
};

struct Table {
  std::string name;     ///< `instar-pca`
  std::string summary;  ///< one line without a full stop
  std::vector<std::string> paragraphs;
  std::vector<Flag> flags;  ///< in order of declaration
  std::vector<Example> examples;
  std::vector<Pair> exclusions;
  std::vector<Pair> needs;

  const Flag* find(const std::string& flag_name) const;
  /// Titles in the order in which they are printed.
  std::vector<std::string> sections() const;
  /// The visible flags of one section.
  std::vector<const Flag*> in_section(const std::string& title) const;
  /// What follows the name in a usage line: `INPUT -o OUT.h5ad [options]`.
  std::string usage() const;
};

inline constexpr const char* kInputOutput = "Input and output";
inline constexpr const char* kOptions = "Options";
inline constexpr const char* kCommon = "Common options";

}  // namespace instar::cli
