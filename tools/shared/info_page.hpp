#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/h5ad.hpp"
#include "io/json.hpp"
#include "io/matrix_stats.hpp"
#include "io/times.hpp"

namespace instar::tools {

/// What an h5ad file holds, read once and shown in either form. What cannot be described has no entry's details.
struct Contents {
  std::optional<io::MatrixInfo> x;
  std::optional<io::MatrixStats> stats;  ///< of all of X, where asked for
  std::vector<std::pair<std::string, std::optional<io::MatrixInfo>>> layers;
  std::vector<std::pair<std::string, std::optional<std::pair<Index, Index>>>> obsm;
  std::vector<std::string> names;  ///< of cells
  Index raw_genes = 0;
  bool raw = false;
  std::optional<io::CellTimes> times;
};

/// For programs.
io::Json contents_json(const io::H5adFile& file, const Contents& contents);

/// For people: shapes, kinds and sizes, a bar for every time, and what they should look at.
void print_contents(const io::H5adFile& file, const Contents& contents);

}  // namespace instar::tools
