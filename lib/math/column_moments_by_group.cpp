#include "math/column_moments_by_group.hpp"

#include <cmath>

namespace instar::math {
namespace {

/// Entries of one column in one group.
struct Seen {
  double count = 0, mean = 0, squares = 0;  ///< squares: of what is above or below the mean

  void add(double value) {
    const double apart = value - mean;
    mean += apart / ++count;
    squares += apart * (value - mean);
  }
  /// The mean of `rows` values, those that were not seen being 0.
  double mean_of(double rows) const { return mean * (count / rows); }
  double sd_of(double rows) const {
    return std::sqrt((squares + mean * mean * (count * ((rows - count) / rows))) / rows);
  }
};

}  // namespace

std::vector<GeneMoments> column_moments_by_group(core::RowBlocks& x, const std::vector<Index>& columns,
                                                 const std::vector<Index>& group, Index groups) {
  std::vector<Index> place(static_cast<std::size_t>(x.cols()), -1);
  std::vector<char> wanted(place.size(), 0);
  for (std::size_t k = 0; k < columns.size(); ++k) {
    place[static_cast<std::size_t>(columns[k])] = static_cast<Index>(k);
    wanted[static_cast<std::size_t>(columns[k])] = 1;
  }
  std::vector<std::vector<Seen>> seen(static_cast<std::size_t>(groups), std::vector<Seen>(columns.size()));
  std::vector<double> rows(seen.size(), 0);
  x.want_columns(wanted);
  x.rewind();
  core::RowBlock block;
  while (x.next(block))
    for (Index r = 0; r < block.rows(); ++r) {
      const Index of_row = group[static_cast<std::size_t>(block.first_row + r)];
      if (of_row < 0) continue;
      ++rows[static_cast<std::size_t>(of_row)];
      const std::int64_t end = block.indptr[static_cast<std::size_t>(r) + 1];
      for (std::int64_t at = block.indptr[static_cast<std::size_t>(r)]; at < end; ++at) {
        const Index column = place[static_cast<std::size_t>(block.indices[static_cast<std::size_t>(at)])];
        if (column >= 0)
          seen[static_cast<std::size_t>(of_row)][static_cast<std::size_t>(column)].add(
              block.values[static_cast<std::size_t>(at)]);
      }
    }
  std::vector<GeneMoments> moments;
  for (std::size_t g = 0; g < seen.size(); ++g) {
    GeneMoments one{Vector(static_cast<Index>(columns.size())), Vector(static_cast<Index>(columns.size()))};
    for (std::size_t k = 0; k < columns.size(); ++k) {
      one.mean(static_cast<Index>(k)) = seen[g][k].mean_of(rows[g]);
      one.sd(static_cast<Index>(k)) = seen[g][k].sd_of(rows[g]);
    }
    moments.push_back(std::move(one));
  }
  return moments;
}

}  // namespace instar::math
