#include "io/spooled_rows.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>

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

class Sink : public core::RowSink {
 public:
  void append(const core::RowBlock& block) override {
    rows += block.rows();
    entries += block.nnz();
  }
  void finish() override { ++finished; }
  Index rows = 0;
  std::int64_t entries = 0;
  int finished = 0;
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
  for (const Index cols : {Index{20}, Index{70000}}) {  // indices of two bytes, and of four
    CAPTURE(cols);
    const Scratch scratch;
    const TemporaryFolder temporary(scratch.folder().string());
    const Matrix all = numbers(cols);
    Watched source(core::sparse_block(all), 3);
    io::SpooledRows rows(source, {});
    core::RowBlock first;
    CHECK(rows.next(first));  // a pass that is broken off leaves nothing
    for (int pass = 0; pass < 3; ++pass) CHECK(read(rows) == all);
    CHECK(source.blocks == 1 + 5);
    CHECK(std::filesystem::is_empty(scratch.folder()));
  }
}

TEST_CASE("spooled rows have the columns that are wanted; a sink gets all of the first pass") {
  const Matrix all = numbers(20);
  core::MemoryRowBlocks source(core::sparse_block(all), 4);
  Sink sink;
  io::SpooledRows rows(source, {0, 2, 9}, &sink);
  Matrix wanted = Matrix::Zero(10, 20);
  for (const Index column : {0, 2, 9}) wanted.col(column) = all.col(column);
  CHECK(wanted != all);
  for (int pass = 0; pass < 2; ++pass) CHECK(read(rows) == wanted);
  CHECK(sink.rows == 10);
  CHECK(sink.entries == (all.array() != 0).count());
  CHECK(sink.finished == 1);
}

TEST_CASE("without room for a file, spooled rows are made at every pass") {
  const TemporaryFolder temporary("/nonexistent/folder");
  const Matrix all = numbers(20);
  Watched source(core::sparse_block(all), 5);
  Warnings warnings;
  io::SpooledRows rows(source, {}, nullptr, warnings);
  for (int pass = 0; pass < 2; ++pass) CHECK(read(rows) == all);
  CHECK(source.blocks == 6);
  REQUIRE(warnings.texts.size() == 1);
  CHECK(warnings.texts[0].find("no room for a temporary file in /nonexistent/folder") == 0);
}
