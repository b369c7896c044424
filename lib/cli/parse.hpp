#pragma once

#include <string>
#include <vector>

#include "cli/table.hpp"

namespace instar::cli {

/// Fills the variables behind `table` from the words of a command line (without the program's name).
/// @returns the flag that answers by itself (`--help`, `--version`), else an empty text
/// @throws UsageError naming the flag: unknown (with the nearest known one), without its value or with one it does not
/// take, given twice, a value that cannot be read, a required one missing, two that exclude each other
std::string parse(const Table& table, const std::vector<std::string>& words);

}  // namespace instar::cli
