#pragma once

#include <string>
#include <vector>

namespace instar::cli {

/// Refuses an output name that can only be a mistake: a folder, or a name whose last ending promises another kind of
/// file than the one written (`instar fit -o model.h5ad`). Names without an ending, or with one that belongs to no kind
/// of file known here (`.tmp`, `.2`, `.partial`), promise nothing and pass; so do `-` and what lies in /dev.
/// Command::output() calls it by its placeholder (`OUT.h5ad|OUT.tsv`); a tool calls it for other outputs, and where a
/// flag decides what is written.
/// @param flag for the message, as typed: `--output`
/// @param path the value of the flag
/// @param endings of the kinds that are written, with the dot, usual one first: `.h5ad`, `.instar`, `.tsv`, `.html`,
///   `.svg`, `.jsonl`. Another usual ending of the same kind passes too (`.h5` for `.h5ad`, `.txt` for `.tsv`)
/// @throws UsageError naming the path, what is written, and a name that would do
void require_ending(const std::string& flag, const std::string& path, const std::vector<std::string>& endings);

/// The usual ending of the kind of file that a name promises: `.tsv` for `a.TXT`.
///
/// The name's own ending where no tool writes that kind of file (`.csv`); empty where it promises nothing.
std::string promised_ending(const std::string& path);

/// The endings in a placeholder: `.h5ad` and `.tsv` of `OUT.h5ad|OUT.tsv`; none of `DIR`.
std::vector<std::string> endings_of(const std::string& placeholder);

}  // namespace instar::cli
