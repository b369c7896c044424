#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/reporter.hpp"
#include "io/h5ad.hpp"
#include "report/content.hpp"

namespace instar::tools {

/// A file whose cells a report shows, and which of its rows they are.
struct ShownFile {
  const io::H5adFile* file = nullptr;  ///< null: not given
  std::vector<Index> rows;
};

/// A column of obs, or a gene of X, as a colour of observed and predicted cells.
/// @param origins [particles] position of each particle's start cell among the observed ones; empty: unknown. With them
///   particles get the category of their start cell
/// @throws DataError where no file has such a column or gene
report::Colour read_colour(const std::string& key, const ShownFile& observed, const ShownFile& predicted,
                           const std::vector<Index>& origins);

}  // namespace instar::tools
