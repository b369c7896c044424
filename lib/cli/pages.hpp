#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "cli/table.hpp"
#include "cli/verbs.hpp"

/// Everything that is printed from a flag table.
namespace instar::cli {

/// What --help prints, no line longer than `width` (60 or more) unless a word, a usage line or an example is.
std::string help_page(const Table& table, std::size_t width);

/// How a flag is written: `-n, --n-comps N`.
std::string flag_heading(const Flag& flag);
/// The help sentence with what is added to it: `number of components [50]`.
std::string flag_sentence(const Flag& flag);

/// Terms and what they mean.
using Explained = std::vector<std::pair<std::string, std::string>>;
/// The exit codes of every tool.
const Explained& exit_codes();
/// The environment variables that a tool heeds.
Explained environment_variables(const Table& table);

/// The manual page instar-<verb>(1), in roff with man(7) macros.
std::string manual_page(const Table& table);
/// The manual page instar(1) of the dispatcher.
std::string manual_page(const VerbTable& verbs);

/// The page instar-<verb>.md of the documentation, in Markdown with definition lists; examples are fenced as `sh`.
std::string markdown_page(const Table& table);
/// The page instar.md, which lists the tools.
std::string markdown_page(const VerbTable& verbs);

/// Completion for one shell. @param shell bash, zsh or fish
std::string completion(const Table& table, const std::string& shell);
/// Completion of `instar VERB ...`: the verbs, then what the verb's own tool completes.
std::string completion(const VerbTable& verbs, const std::string& shell);

}  // namespace instar::cli
