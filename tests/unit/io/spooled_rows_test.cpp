#include "io/spooled_rows.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <memory>
#include <utility>

#include "core/parallel.hpp"
#include "support/scratch.hpp"

using namespace instar;
using test::Scratch;

namespace {

/// Counts how often the matrix is made.
class Watched : public core::MemoryRowBlocks {
 public:
  using core::MemoryRowBlocks::MemoryRowBlocks;
  bool next(core::RowBlock& block) override {
    ++blocks;
    return core::MemoryRowBlocks::next(block);
  }
  int blocks = 0;
};

class Warnings : public core::Reporter {
 public:
  void warning(const std::string& text) override { texts.push_back(text); }
  std::vector<std::string> texts;
};

/// Sets TMPDIR, and puts it back.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& folder) {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    setenv("TMPDIR", folder.c_str(), 1);
  }
  ~TemporaryFolder() { before_.empty() ? unsetenv("TMPDIR") : setenv("TMPDIR", before_.c_str(), 1); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

 private:
  std::string before_;
};

Matrix numbers(Index cols) {
  Matrix matrix = Matrix::Zero(10, cols);
  for (Index i = 0; i < 10; ++i)
    for (Index j = i % 3; j < cols; j += 1 + cols / 7)
      matrix(i, j) = static_cast<float>(1.1 * double(i + 1) + double(j));
  return matrix;
}

/// One pass. @returns the rows, dense
Matrix read(core::RowBlocks& rows) {
  Matrix matrix = Matrix::Zero(rows.rows(), rows.cols());
  core::RowBlock block;
  rows.rewind();
  Index at = 0;
  while (rows.next(block)) {
    CHECK(block.first_row == at);
    CHECK(block.cols == rows.cols());
    at += block.rows();
    for (Index i = 0; i < block.rows(); ++i)
      for (auto e = static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(i)]);
           e < static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(i) + 1]); ++e)
        matrix(block.first_row + i, block.indices[e]) = block.values[e];
  }
  CHECK(at == rows.rows());
  return matrix;
}

}  // namespace

TEST_CASE("later passes over spooled rows read what the first has made, and nothing is left behind") {
  for (const std::int64_t held : {0, 70, 10000}) {  // in a file, first in memory and then in a file, in memory
    CAPTURE(held);
    core::set_threads(held == 0 ? 1 : 2);
    const Scratch scratch;
    const TemporaryFolder temporary(scratch.folder().string());
    const Matrix all = numbers(20);
    auto made = std::make_unique<Watched>(core::sparse_block(all), 3);
    const Watched& source = *made;
    io::SpooledRows rows(std::move(made), core::silent(), held);
    core::RowBlock first;
    CHECK(rows.next(first));  // a pass that is broken off leaves nothing
    for (int pass = 0; pass < 3; ++pass) CHECK(read(rows) == all);
    CHECK(source.blocks == 1 + 5);
    CHECK(std::filesystem::is_empty(scratch.folder()));
  }
}

TEST_CASE("spooled rows leave out columns that are not wanted, from the next pass on") {
  const Matrix all = numbers(20);
  io::SpooledRows rows(std::make_unique<core::MemoryRowBlocks>(core::sparse_block(all), 4));
  CHECK(read(rows) == all);
  std::vector<char> marks(20, 0);
  Matrix wanted = Matrix::Zero(10, 20);
  for (const Index column : {0, 2, 9, 19}) {
    marks[static_cast<std::size_t>(column)] = 1;
    wanted.col(column) = all.col(column);
  }
  CHECK(wanted != all);
  rows.want_columns(marks);
  for (int pass = 0; pass < 2; ++pass) CHECK(read(rows) == wanted);
  rows.want_columns({});
  CHECK(read(rows) == all);
}

TEST_CASE("without room for a file, spooled rows are made at every pass") {
  const TemporaryFolder temporary("/nonexistent/folder");
  const Matrix all = numbers(20);
  auto made = std::make_unique<Watched>(core::sparse_block(all), 5);
  const Watched& source = *made;
  Warnings warnings;
  io::SpooledRows rows(std::move(made), warnings, 0);
  for (int pass = 0; pass < 2; ++pass) CHECK(read(rows) == all);
  CHECK(source.blocks == 6);
  REQUIRE(warnings.texts.size() == 1);
  CHECK(warnings.texts[0].find("no room for a temporary file in /nonexistent/folder") == 0);
}

TEST_CASE("packed rows come back as they were: counts, other numbers, long gaps, rows of any length") {
  const double large = 2147483647;
  const std::vector<std::vector<double>> kinds = {
      {1, 2, 3, 1, large, 191, 0}, {1, 2.5, -1, 0.1F, 1}, {1, 0.1, 2, -1e300, 4294967296.0}, {large + 1, 1}};
  for (const std::vector<double>& values : kinds)
    for (const std::int32_t gap : {0, 62, 63, 191, 192, 254, 255, 70000}) {
      CAPTURE(gap);
      core::RowBlock block;
      block.cols = 2'000'000;
      block.indptr = {0};
      for (int row = 0; row < 5; ++row) {
        std::int32_t column = gap;
        for (int e = 0; e < 7 * row; ++e, column += 1 + (e % 3 == 0 ? gap : 0)) {
          block.indices.push_back(column);
          block.values.push_back(values[block.values.size() % values.size()]);
        }
        block.indptr.push_back(static_cast<std::int64_t>(block.values.size()));
      }
      const auto packed = io::pack_rows(block, 1, 5);
      core::RowBlock back;
      back.indptr.assign(4, 0);
      back.indices.resize(block.indices.size());
      back.values.resize(block.values.size());
      io::unpack_all_rows(packed, 100, back.indptr.data(), back.indices.data(), back.values.data());
      for (std::size_t row = 0; row < 4; ++row) CHECK(back.indptr[row] == 100 + block.indptr[row + 2]);
      CHECK(back.indices == block.indices);
      CHECK(back.values == block.values);
      io::UnpackedRows rows;
      std::vector<char> marks(2'000'000, 0);
      marks[static_cast<std::size_t>(gap) + 1] = 1;
      io::unpack_rows(packed, marks, rows);
      CHECK(rows.entries() == 4);  // every row but the empty one has its second column there
    }
}

TEST_CASE("counts take little more than a byte each") {
  core::RowBlock block;
  block.indptr = {0, 1000};
  for (std::int32_t e = 0; e < 1000; ++e) {
    block.indices.push_back(e * 60);
    block.values.push_back(e % 20 == 0 ? 5 : 1 + e % 2);
  }
  CHECK(io::pack_rows(block, 0, 1).size() < 1150);
}
