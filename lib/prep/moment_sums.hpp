#pragma once

#include <cstdint>
#include <vector>

#include "core/row_blocks.hpp"
#include "prep/normalize.hpp"

namespace instar::prep {

/// Sums over cells, gene by gene, of all cells and of each batch. Tasks own ranges of genes and go through the cells in
/// order, so the sums are those of one thread.
class MomentSums {
 public:
  /// @param options says which cells count (fit_rows) and their batches
  MomentSums(Index genes, const PrepOptions& options);

  /// Adds scale * value and its square of every cell of a block that counts.
  /// @param rows [block.rows()] positions in the whole matrix; negative: the cell does not count
  /// @param scale [block.rows()] empty: 1
  void add(const core::RowBlock& block, const std::vector<Index>& rows, const std::vector<double>& scale = {});

  /// The sums of the genes that stay, times `factor` (squares: its square).
  GeneMoments moments(const std::vector<bool>& keep_genes, double factor = 1) const;
  /// [genes] cells that count with a value other than 0
  std::vector<Index> cells_of_gene() const;

 private:
  struct Sum {
    double values = 0;
    double squares = 0;
    Index cells = 0;
  };
  struct Part {
    Index cells = 0;
    std::vector<Sum> of_gene;
  };
  struct Row {
    std::size_t begin, end;  ///< entries
    double scale;
    Part* batch;  ///< null: in none
  };
  static void add_entries(const core::RowBlock& block, std::size_t begin, std::size_t end, double scale,
                          std::vector<Sum>& sums);
  void add_range(const core::RowBlock& block, const std::vector<Row>& counted, Index first_gene, Index last_gene);

  const PrepOptions& options_;
  Index genes_;
  Part all_;
  std::vector<Part> batches_;
};

}  // namespace instar::prep
