#include <algorithm>

#include "cli/pages.hpp"
#include "cli/text.hpp"

namespace instar::cli {
namespace {

std::vector<const Flag*> visible(const Table& table) {
  std::vector<const Flag*> flags;
  for (const Flag& flag : table.flags) {
    if (!flag.hidden) flags.push_back(&flag);
  }
  return flags;
}

/// A name shells accept for a function: `_instar_pca`.
std::string function_name(const std::string& program) { return "_" + replace_all(program, "-", "_"); }

std::string verb_names(const VerbTable& verbs) {
  std::vector<std::string> names;
  for (const Verb& verb : verbs) names.push_back(verb.name);
  return join(names, " ");
}

std::string bash(const Table& table) {
  std::vector<std::string> names;
  std::vector<std::string> free_values;  // flags whose values only the user knows
  std::string arguments;                 // words of a positional choice
  std::string values;
  for (const Flag* flag : visible(table)) {
    names.insert(names.end(), flag->names.begin(), flag->names.end());
    const std::string words = "COMPREPLY=($(compgen -W '" + join(flag->choices(), " ") + "' -- \"$cur\"))";
    if (flag->positional()) {
      if (!flag->words.empty()) arguments = words;
    } else if (!flag->words.empty()) {
      values += "    " + join(flag->names, "|") + ")\n      " + words + "\n      return ;;\n";
    } else if (flag->takes_value()) {
      free_values.insert(free_values.end(), flag->names.begin(), flag->names.end());
    }
  }
  // Without an answer bash offers files.
  if (!free_values.empty()) values += "    " + join(free_values, "|") + ")\n      return ;;\n";
  std::string text = "# bash completion for " + table.name + "\n" + function_name(table.name) + "() {\n";
  text +=
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  COMPREPLY=()\n"
      "  # --name=value comes as three words\n"
      "  if [[ $cur == = ]]; then\n"
      "    cur=\n"
      "  elif [[ $prev == = ]]; then\n"
      "    prev=${COMP_WORDS[COMP_CWORD-2]}\n"
      "  fi\n";
  if (!values.empty()) text += "  case $prev in\n" + values + "  esac\n";
  text += "  if [[ $cur == -* ]]; then\n    COMPREPLY=($(compgen -W '" + join(names, " ") + "' -- \"$cur\"))\n";
  if (!arguments.empty()) text += "  else\n    " + arguments + "\n";
  text += "  fi\n}\ncomplete -o bashdefault -o default -F " + function_name(table.name) + " " + table.name + "\n";
  return text;
}

std::string bash(const VerbTable& verbs) {
  return "# bash completion for instar\n_instar() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]}\n"
         "  COMPREPLY=()\n"
         "  if ((COMP_CWORD == 1)); then\n"
         "    COMPREPLY=($(compgen -W '" +
         verb_names(verbs) +
         " help --help --version' -- \"$cur\"))\n"
         "  elif [[ $verb == help ]]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         verb_names(verbs) +
         "' -- \"$cur\"))\n"
         "  else\n"
         "    case $verb in\n"
         "    " +
         replace_all(verb_names(verbs), " ", "|") +
         ")\n"
         "      # the tool's own completion lies beside this file\n"
         "      declare -F \"_instar_$verb\" >/dev/null || source \"${BASH_SOURCE[0]%/*}/instar-$verb\" 2>/dev/null\n"
         "      declare -F \"_instar_$verb\" >/dev/null && \"_instar_$verb\" ;;\n"
         "    esac\n"
         "  fi\n"
         "}\n"
         "complete -o bashdefault -o default -F _instar instar\n";
}

/// Text inside one of zsh's single-quoted specs, where `special` characters mean something.
std::string zsh_text(const std::string& text, const std::string& special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string::npos) out += '\\';
    out += c;
  }
  return replace_all(out, "'", "'\\''");
}

std::string zsh_action(const Flag& flag) {
  if (flag.words.empty()) return flag.takes_path() ? "_files" : "( )";
  std::string text;
  for (const auto& [word, says] : flag.words) {
    text += (text.empty() ? "" : " ") + word + "\\:\"" + zsh_text(says, "\\\"`$:") + "\"";
  }
  return "((" + text + "))";
}

std::string zsh_spec(const Flag& flag, int position) {
  const std::string value = zsh_text(flag.placeholder, "\\:") + ":" + zsh_action(flag);
  if (flag.positional()) return "'" + std::to_string(position) + ":" + value + "'";
  std::vector<std::string> forms;
  for (const std::string& name : flag.names) {
    // A value stands beside a long name with `=` or as a word of its own, beside a short one directly or so.
    const char* joint = name.rfind("--", 0) == 0 ? "=" : "+";
    forms.push_back(flag.takes_value() ? name + joint : name);
  }
  std::string text = "'(" + join(flag.names, " ") + ")'";
  text += forms.size() == 1 ? forms.front() : "{" + join(forms, ",") + "}";
  text += "'[" + zsh_text(flag.help, "\\[]:") + "]";
  if (flag.takes_value()) text += ":" + value;
  return text + "'";
}

std::string zsh(const Table& table) {
  std::string text = "#compdef " + table.name + "\n_arguments -s -S";
  int position = 0;
  for (const Flag* flag : visible(table)) {
    if (flag->positional()) ++position;
    text += " \\\n  " + zsh_spec(*flag, position);
  }
  return text + "\n";
}

std::string zsh(const VerbTable& verbs) {
  std::string list;
  for (const Verb& verb : verbs) list += "    '" + zsh_text(verb.name + ":" + verb.summary, "") + "'\n";
  return "#compdef instar\n"
         "_instar() {\n"
         "  local context state state_descr line ret=1\n"
         "  typeset -A opt_args\n"
         "  local -a verbs=(\n" +
         list +
         "    'help:show the help of one tool'\n  )\n"
         "  _arguments -C '(- *)'{-h,--help}'[list the verbs]' '(- *)'{-V,--version}'[print the version]' \\\n"
         "    '1: :->verb' '*:: :->arguments' && ret=0\n"
         "  case $state in\n"
         "    verb) _describe -t verbs verb verbs && ret=0 ;;\n"
         "    arguments)\n"
         "      if [[ $words[1] == help ]]; then\n"
         "        _describe -t verbs verb verbs && ret=0\n"
         "      elif (( $+functions[_instar-$words[1]] )); then\n"
         "        service=instar-$words[1]\n"
         "        _instar-$words[1] && ret=0\n"
         "      fi ;;\n"
         "  esac\n"
         "  return ret\n"
         "}\n"
         "_instar \"$@\"\n";
}

std::string fish_text(const std::string& text) {
  return "'" + replace_all(replace_all(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::string fish(const Table& table) {
  std::string text = "# fish completion for " + table.name + "\n";
  for (const Flag* flag : visible(table)) {
    const std::string words = join(flag->choices(), " ");
    if (flag->positional()) {
      if (!words.empty()) text += "complete -c " + table.name + " -f -a '" + words + "'\n";
      continue;
    }
    text += "complete -c " + table.name;
    for (const std::string& name : flag->names)
      text += name.rfind("--", 0) == 0 ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (flag->takes_value()) text += flag->takes_path() ? " -r -F" : " -x";
    if (!words.empty()) text += " -a '" + words + "'";
    text += " -d " + fish_text(flag->help) + "\n";
  }
  return text;
}

std::string fish(const VerbTable& verbs) {
  std::string text =
      "# fish completion for instar\n"
      "function __instar_arguments\n"
      "  set -l words (commandline -opc) (commandline -ct)\n"
      "  complete -C \"instar-$words[2] $words[3..-1]\"\n"
      "end\n"
      "complete -c instar -f\n"
      "complete -c instar -n __fish_use_subcommand -s h -l help -d 'list the verbs'\n"
      "complete -c instar -n __fish_use_subcommand -s V -l version -d 'print the version'\n"
      "complete -c instar -n __fish_use_subcommand -a help -d 'show the help of one tool'\n"
      "complete -c instar -n '__fish_seen_subcommand_from help' -a '" +
      verb_names(verbs) + "'\n";
  for (const Verb& verb : verbs)
    text += "complete -c instar -n __fish_use_subcommand -a " + verb.name + " -d " + fish_text(verb.summary) + "\n";
  return text + "complete -c instar -n '__fish_seen_subcommand_from " + verb_names(verbs) +
         "' -a '(__instar_arguments)'\n";
}

template <typename AnyTable>
std::string for_shell(const AnyTable& table, const std::string& shell) {
  if (shell == "bash") return bash(table);
  return shell == "zsh" ? zsh(table) : fish(table);
}

}  // namespace

std::string completion(const Table& table, const std::string& shell) { return for_shell(table, shell); }

std::string completion(const VerbTable& verbs, const std::string& shell) { return for_shell(verbs, shell); }

}  // namespace instar::cli
