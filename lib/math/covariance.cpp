#include "math/covariance.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "core/error.hpp"
#include "core/parallel.hpp"

namespace instar::math {
namespace {

using Eigen::MatrixXd;

/// A block's rows and columns that matter, by column: entries of a column in order of rows.
struct Selected {
  Index rows = 0;
  std::vector<std::size_t> row_start;  ///< [rows + 1]
  std::vector<std::int32_t> column;    ///< of every entry, among the columns used
  std::vector<double> value;
};

constexpr Index kGrainRows = 64;

class Selection {
 public:
  Selection(Index cols, const std::vector<Index>& columns, const std::vector<bool>& rows) : rows_(rows) {
    position_.assign(static_cast<std::size_t>(cols), -1);
    used_ = columns.empty() ? cols : static_cast<Index>(columns.size());
    for (Index k = 0; k < used_; ++k)
      position_[static_cast<std::size_t>(columns.empty() ? k : columns[static_cast<std::size_t>(k)])] =
          static_cast<std::int32_t>(k);
  }

  Index used() const { return used_; }

  /// @param first position of the block's first row in the whole matrix
  void select(const core::RowBlock& block, Index first, Selected& out) const {
    std::vector<std::size_t> chosen;
    for (Index i = 0; i < block.rows(); ++i)
      if (rows_.empty() || rows_[static_cast<std::size_t>(first + i)]) chosen.push_back(static_cast<std::size_t>(i));
    out.rows = static_cast<Index>(chosen.size());
    out.row_start.assign(chosen.size() + 1, 0);
    // Calls body(k, entry, column) for what is selected of every row.
    const auto for_each_entry = [&](const auto& body) {
      core::parallel_chunks(out.rows, kGrainRows, [&](Index begin, Index end) {
        for (auto k = static_cast<std::size_t>(begin); k < static_cast<std::size_t>(end); ++k)
          for (auto e = static_cast<std::size_t>(block.indptr[chosen[k]]);
               e < static_cast<std::size_t>(block.indptr[chosen[k] + 1]); ++e)
            if (const std::int32_t column = position_[static_cast<std::size_t>(block.indices[e])]; column >= 0)
              body(k, e, column);
      });
    };
    for_each_entry([&](std::size_t k, std::size_t, std::int32_t) { ++out.row_start[k + 1]; });
    for (std::size_t k = 0; k < chosen.size(); ++k) out.row_start[k + 1] += out.row_start[k];
    out.column.resize(out.row_start.back());
    out.value.resize(out.row_start.back());
    std::vector<std::size_t> at(out.row_start.begin(), out.row_start.end() - 1);
    for_each_entry([&](std::size_t k, std::size_t e, std::int32_t column) {
      if (!std::isfinite(block.values[e])) throw DataError("a value of the matrix is not finite");
      out.column[at[k]] = column;
      out.value[at[k]++] = block.values[e];
    });
  }

 private:
  std::vector<bool> rows_;
  std::vector<std::int32_t> position_;  ///< of a column of the matrix among those used; -1: not used
  Index used_ = 0;
};

/// Calls body(selected) for the part that matters of every block, in order.
template <class Body>
void for_each_selected(core::RowBlocks& x, const Selection& selection, const std::string& phase,
                       core::Reporter& reporter, const Body& body) {
  core::RowBlock block;
  Selected selected;
  x.rewind();
  for (Index first = 0; x.next(block); first += block.rows()) {
    selection.select(block, first, selected);
    body(selected);
    reporter.progress(phase, static_cast<double>(first + block.rows()), static_cast<double>(x.rows()), "cells/s");
  }
}

/// The matrix itself: second moments summed over the rows, the means taken off at the end.
class GramCovariance : public Covariance {
 public:
  GramCovariance(core::RowBlocks& x, const Selection& selection, core::Reporter& reporter)
      : matrix_(MatrixXd::Zero(selection.used(), selection.used())) {
    Vector sum = Vector::Zero(selection.used());
    Index count = 0;
    for_each_selected(x, selection, "summing second moments", reporter, [&](const Selected& rows) {
      for (std::size_t e = 0; e < rows.value.size(); ++e) sum[rows.column[e]] += rows.value[e];
      count += rows.rows;
      add(rows);
    });
    const double n = static_cast<double>(count);
    mean_ = sum / n;
    matrix_.triangularView<Eigen::StrictlyLower>() = matrix_.transpose();
    for (Index j = 0; j < matrix_.cols(); ++j) matrix_.col(j) = (matrix_.col(j) - n * mean_[j] * mean_) / (n - 1);
    total_variance_ = matrix_.diagonal().cwiseMax(0).sum();
  }

  void multiply(const MatrixXd& x, MatrixXd& y) override {
    core::parallel_chunks(matrix_.cols(), 128, [&](Index begin, Index end) {
      y.middleRows(begin, end - begin).noalias() = matrix_.middleCols(begin, end - begin).transpose() * x;
    });
  }

  EigenOptions eigen_options() const override { return {}; }

 private:
  /// Adds x^T x of some rows to the upper triangle. Every task owns some columns of the sum.
  void add(const Selected& rows) {
    const double cells = static_cast<double>(rows.rows) * static_cast<double>(matrix_.cols());
    // Scattered sums of the entries alone are cheaper than whole vectors while most entries are zero.
    if (static_cast<double>(rows.value.size()) < 0.25 * cells)
      add_sparse(rows);
    else
      add_dense(rows);
  }

  void add_sparse(const Selected& rows) {
    const auto used = static_cast<std::size_t>(matrix_.cols());
    std::vector<std::size_t> start(used + 1, 0);
    for (const std::int32_t column : rows.column) ++start[static_cast<std::size_t>(column) + 1];
    for (std::size_t j = 0; j < used; ++j) start[j + 1] += start[j];
    struct Entry {
      std::size_t row_start;
      std::size_t at;
    };
    std::vector<Entry> entries(rows.value.size());
    std::vector<std::size_t> fill(start.begin(), start.end() - 1);
    for (std::size_t i = 0; i + 1 < rows.row_start.size(); ++i)
      for (std::size_t e = rows.row_start[i]; e < rows.row_start[i + 1]; ++e)
        entries[fill[static_cast<std::size_t>(rows.column[e])]++] = {rows.row_start[i], e};
    core::parallel_chunks(matrix_.cols(), 16, [&](Index begin, Index end) {
      for (Index j = begin; j < end; ++j) {
        double* sum = matrix_.col(j).data();
        for (std::size_t p = start[static_cast<std::size_t>(j)]; p < start[static_cast<std::size_t>(j) + 1]; ++p) {
          const double value = rows.value[entries[p].at];
          for (std::size_t e = entries[p].row_start; e <= entries[p].at; ++e)
            sum[rows.column[e]] += value * rows.value[e];
        }
      }
    });
  }

  void add_dense(const Selected& rows) {
    MatrixXd dense = MatrixXd::Zero(rows.rows, matrix_.cols());
    for (Index i = 0; i < rows.rows; ++i)
      for (std::size_t e = rows.row_start[static_cast<std::size_t>(i)];
           e < rows.row_start[static_cast<std::size_t>(i) + 1]; ++e)
        dense(i, rows.column[e]) = rows.value[e];
    core::parallel_chunks(matrix_.cols(), 128, [&](Index begin, Index end) {
      matrix_.block(0, begin, end, end - begin).noalias() +=
          dense.leftCols(end).transpose() * dense.middleCols(begin, end - begin);
    });
  }

  MatrixXd matrix_;
};

constexpr Index kSlab = 8;  ///< vectors side by side

/// Every product reads the rows again: y = (x^T (x v) - n mean mean^T v) / (n - 1).
class StreamedCovariance : public Covariance {
 public:
  StreamedCovariance(core::RowBlocks& x, Selection selection, Index wanted, core::Reporter& reporter)
      : x_(x), selection_(std::move(selection)), wanted_(wanted), reporter_(reporter) {
    Vector sum = Vector::Zero(selection_.used());
    Vector squares = sum;
    Index count = 0;
    for_each_selected(x_, selection_, "summing means", reporter_, [&](const Selected& rows) {
      for (std::size_t e = 0; e < rows.value.size(); ++e) {
        sum[rows.column[e]] += rows.value[e];
        squares[rows.column[e]] += rows.value[e] * rows.value[e];
      }
      count += rows.rows;
    });
    count_ = static_cast<double>(count);
    mean_ = sum / count_;
    total_variance_ = ((squares - count_ * mean_.cwiseAbs2()) / (count_ - 1)).cwiseMax(0).sum();
  }

  void multiply(const MatrixXd& x, MatrixXd& y) override {
    // Slabs of vectors side by side, so that one entry of the sparse matrix meets neighbours in memory. A task has one.
    const Index slabs = (x.cols() + kSlab - 1) / kSlab;
    std::vector<Slab> in(static_cast<std::size_t>(slabs)), out(in.size());
    for (Index s = 0; s < slabs; ++s) {
      const Index width = std::min(kSlab, x.cols() - s * kSlab);
      in[static_cast<std::size_t>(s)].setZero(x.rows(), kSlab);
      in[static_cast<std::size_t>(s)].leftCols(width) = x.middleCols(s * kSlab, width);
      out[static_cast<std::size_t>(s)].setZero(x.rows(), kSlab);
    }
    ++products_;
    for_each_selected(x_, selection_, "product " + std::to_string(products_), reporter_, [&](const Selected& rows) {
      core::parallel_for(slabs, [&](Index s) {
        for (std::size_t i = 0; i + 1 < rows.row_start.size(); ++i) {
          Eigen::Matrix<double, 1, kSlab> dot = Eigen::Matrix<double, 1, kSlab>::Zero();
          for (std::size_t e = rows.row_start[i]; e < rows.row_start[i + 1]; ++e)
            dot += rows.value[e] * in[static_cast<std::size_t>(s)].row(rows.column[e]);
          for (std::size_t e = rows.row_start[i]; e < rows.row_start[i + 1]; ++e)
            out[static_cast<std::size_t>(s)].row(rows.column[e]) += rows.value[e] * dot;
        }
      });
    });
    for (Index s = 0; s < slabs; ++s) {
      const Index width = std::min(kSlab, x.cols() - s * kSlab);
      y.middleCols(s * kSlab, width) = out[static_cast<std::size_t>(s)].leftCols(width);
    }
    y = ((y - count_ * mean_ * (mean_.transpose() * x)) / (count_ - 1)).eval();
  }

  EigenOptions eigen_options() const override { return streamed_eigen(wanted_); }

 private:
  using Slab = Eigen::Matrix<double, Eigen::Dynamic, kSlab, Eigen::RowMajor>;

  core::RowBlocks& x_;
  Selection selection_;
  Index wanted_;
  core::Reporter& reporter_;
  int products_ = 0;
  double count_ = 0;
};

}  // namespace

EigenOptions streamed_eigen(Index wanted) {
  EigenOptions options;
  options.block = 2 * kSlab;
  options.tolerance = 1e-6;
  options.must_converge = false;
  options.space = 2 * wanted + 20 * options.block;
  return options;
}

std::unique_ptr<Covariance> make_covariance(core::RowBlocks& x, const std::vector<Index>& columns,
                                            const std::vector<bool>& rows, Index wanted, Index gram_columns,
                                            core::Reporter& reporter) {
  Selection selection(x.cols(), columns, rows);
  if (selection.used() <= gram_columns) return std::make_unique<GramCovariance>(x, selection, reporter);
  return std::make_unique<StreamedCovariance>(x, std::move(selection), wanted, reporter);
}

}  // namespace instar::math
