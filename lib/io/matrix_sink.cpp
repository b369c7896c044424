#include "io/matrix_sink.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/parallel.hpp"
#include "io/codecs.hpp"
#include "io/list_writer.hpp"

namespace instar::io {
namespace {

constexpr Index kPieceEntries = Index{1} << 16;

/// What both sinks share: rows come in order and all of them come.
class CountedSink : public core::RowSink {
 public:
  CountedSink(h5::Node node, Index rows, Index cols) : node_(std::move(node)), rows_(rows), cols_(cols) {}

  void append(const core::RowBlock& block) override {
    if (block.first_row != written_ || block.cols != cols_ || written_ + block.rows() > rows_)
      node_.fail("expected rows from " + std::to_string(written_) + " of " + std::to_string(rows_) + " x " +
                 std::to_string(cols_) + ", got " + std::to_string(block.rows()) + " rows from " +
                 std::to_string(block.first_row) + " of " + std::to_string(block.cols) + " columns");
    write(block);
    written_ += block.rows();
  }

  void finish() override {
    if (written_ != rows_) node_.fail("expected " + std::to_string(rows_) + " rows, got " + std::to_string(written_));
    close();
  }

 protected:
  virtual void write(const core::RowBlock& block) = 0;
  virtual void close() = 0;
  const h5::Node& node() const { return node_; }
  Index rows() const { return rows_; }
  Index cols() const { return cols_; }

 private:
  h5::Node node_;
  Index rows_;
  Index cols_;
  Index written_ = 0;
};

class CsrSink : public CountedSink {
 public:
  /// Values are not shuffled: within a cell the same few come again and again.
  CsrSink(const h5::Node& group, Index rows, Index cols, int level)
      : CountedSink(group, rows, cols),
        data_(ListWriter::of<float>(group, "data", "float32", {false, level})),
        indices_(ListWriter::of<std::int32_t>(group, "indices", "int32", {true, level})) {
    group.set_encoding("csr_matrix", "0.1.0");
    group.set_attribute("shape", std::vector<Index>{rows, cols});
  }

 private:
  void write(const core::RowBlock& block) override {
    values_.resize(block.values.size());
    core::parallel_chunks(block.nnz(), kPieceEntries, [&](Index begin, Index end) {
      std::transform(block.values.begin() + begin, block.values.begin() + end, values_.begin() + begin,
                     [](double value) { return static_cast<float>(value); });
    });
    data_.append(values_);
    indices_.append(block.indices);
    const std::int64_t before = indptr_.back();
    for (std::size_t i = 1; i < block.indptr.size(); ++i) indptr_.push_back(before + block.indptr[i]);
  }
  void close() override {
    data_.finish();
    indices_.finish();
    // As the indices where it fits: scipy works with one type for both, and several of its functions refuse two.
    const bool fits = indptr_.back() <= std::numeric_limits<std::int32_t>::max();
    node().write_array("indptr", {rows() + 1}, indptr_.data(), fits ? "int32" : "int64");
  }

  ListWriter data_;
  ListWriter indices_;
  std::vector<std::int64_t> indptr_{0};
  std::vector<float> values_;
};

class DenseSink : public CountedSink {
 public:
  DenseSink(ListWriter writer, Index rows, Index cols)
      : CountedSink(writer.dataset(), rows, cols), writer_(std::move(writer)) {
    node().set_encoding("array", "0.2.0");
  }

 private:
  void write(const core::RowBlock& block) override {
    values_.assign(static_cast<std::size_t>(block.rows() * cols()), 0);
    for (Index i = 0; i < block.rows(); ++i)
      for (auto k = block.indptr[static_cast<std::size_t>(i)]; k < block.indptr[static_cast<std::size_t>(i) + 1]; ++k)
        values_[static_cast<std::size_t>(i * cols() + block.indices[static_cast<std::size_t>(k)])] =
            static_cast<float>(block.values[static_cast<std::size_t>(k)]);
    writer_.append(values_);
  }
  void close() override {
    writer_.finish();
    if (cols() == 0) node().set_length(rows());
  }

  ListWriter writer_;
  std::vector<float> values_;
};

}  // namespace

std::unique_ptr<core::RowSink> csr_sink(const h5::Node& parent, const std::string& name, Index rows, Index cols,
                                        bool compressed) {
  constexpr int kQuickLevel = 1;
  return std::make_unique<CsrSink>(parent.create_group(name), rows, cols, compressed ? kQuickLevel : 0);
}

std::unique_ptr<core::RowSink> dense_sink(const h5::Node& parent, const std::string& name, Index rows, Index cols) {
  return std::make_unique<DenseSink>(ListWriter::of_rows<float>(parent, name, "float32", cols), rows, cols);
}

}  // namespace instar::io
