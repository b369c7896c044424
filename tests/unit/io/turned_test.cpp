// A matrix stored by columns, turned in memory and through a file, beside the same stored by rows.

#include <cstdlib>
#include <doctest/doctest.h>

#include "io/h5ad.hpp"
#include "made_file.hpp"
#include "support/scratch.hpp"

using namespace instar;
using test::MadeFile;
using test::Scratch;

namespace {

constexpr Index kCells = 700;
constexpr Index kGenes = 300;

/// Entries of a matrix along one axis; the value says where it is. Cell 5 is empty, (7, 3) is there twice.
struct Lists {
  std::vector<double> data;
  std::vector<std::int64_t> indices;
  std::vector<std::int64_t> indptr{0};
};

Lists lists(bool by_rows) {
  Lists all;
  for (Index major = 0; major < (by_rows ? kCells : kGenes); ++major) {
    for (Index minor = 0; minor < (by_rows ? kGenes : kCells); ++minor) {
      const Index cell = by_rows ? major : minor;
      const Index gene = by_rows ? minor : major;
      if (cell == 5 || (cell * 7 + gene * 13) % 5 < 2) continue;
      const int times = cell == 7 && gene == 3 ? 2 : 1;
      for (int i = 0; i < times; ++i) {
        all.data.push_back(static_cast<double>(cell * kGenes + gene));
        all.indices.push_back(minor);
      }
    }
    all.indptr.push_back(static_cast<std::int64_t>(all.data.size()));
  }
  return all;
}

std::string make(const Scratch& scratch, bool by_rows) {
  const auto path = scratch / (by_rows ? "rows.h5ad" : "columns.h5ad");
  MadeFile made(path, kCells, kGenes);
  const Lists x = lists(by_rows);
  made.sparse("X", by_rows ? "csr_matrix" : "csc_matrix", {kCells, kGenes}, x.data, x.indices, x.indptr);
  made.file.close();
  return path;
}

struct Notes : core::Reporter {
  void warning(const std::string& text) override { warnings += text; }
  void detail(const std::string& text) override { details += text; }
  std::string warnings;
  std::string details;
};

void check_same_blocks(core::RowBlocks& one, core::RowBlocks& other) {
  core::RowBlock a;
  core::RowBlock b;
  for (int pass = 0; pass < 2; ++pass) {
    one.rewind();
    other.rewind();
    Index blocks = 0;
    while (one.next(a)) {
      REQUIRE(other.next(b));
      CHECK(a.first_row == b.first_row);
      CHECK(a.indptr == b.indptr);
      CHECK(a.indices == b.indices);
      CHECK(a.values == b.values);
      ++blocks;
    }
    CHECK_FALSE(other.next(b));
    CHECK(blocks > 1);
  }
}

}  // namespace

TEST_CASE("turned through a file, with a warning, into the blocks of the same matrix stored by rows") {
  const Scratch scratch;
  Notes notes;
  const io::Reading least{1, &notes, false};
  const io::H5adFile rows(make(scratch, true), least);
  const io::H5adFile columns(make(scratch, false), least);
  const auto expected = rows.matrix({});
  CHECK(notes.warnings.empty());
  CHECK(notes.details.find("X is read in blocks of up to 32768 values: about 69 MB") != std::string::npos);
  const auto turned = columns.matrix({});
  CHECK(notes.warnings.find("stored by columns (CSC) and is turned once, through 3 MB in ") != std::string::npos);
  check_same_blocks(*expected, *turned);
}

TEST_CASE("what reading is estimated to hold") {
  const Scratch scratch;
  const io::Reading enough{std::int64_t{1} << 30, nullptr, true};
  const io::Reading little{std::int64_t{80} << 20, nullptr, true};
  const io::H5adFile rows(make(scratch, true), enough);
  const std::int64_t stored = rows.matrix_info({})->stored;
  const std::int64_t by_rows = rows.reading_bytes({}, false);
  CHECK(by_rows >= 40 * stored);
  CHECK(rows.reading_bytes({}, true) == by_rows + 24 * stored);
  const io::H5adFile columns(make(scratch, false), enough);
  CHECK(columns.reading_bytes({}, false) == by_rows + 12 * stored);
  // What may be held bounds it, whatever there is to turn.
  CHECK(io::H5adFile(make(scratch, false), little).reading_bytes({}, false) <= little.memory);
}

TEST_CASE("turned in memory where it fits") {
  const Scratch scratch;
  Notes notes;
  const std::string path = make(scratch, false);
  const io::H5adFile columns(path, {std::int64_t{1} << 30, &notes, true});
  const auto in_memory = columns.matrix({});
  CHECK(notes.warnings.empty());
  core::RowBlock block;
  REQUIRE(in_memory->next(block));
  CHECK(block.rows() == kCells);
  CHECK(block.indptr[6] == block.indptr[5]);
  const auto row = block.indptr[7];
  CHECK(block.indices[static_cast<std::size_t>(row)] == 0);
  CHECK(block.values[static_cast<std::size_t>(row)] == 7 * kGenes);
  Index at = row;
  while (block.indices[static_cast<std::size_t>(at)] < 3) ++at;
  CHECK(block.indices[static_cast<std::size_t>(at)] == 3);
  CHECK(block.values[static_cast<std::size_t>(at)] == 2 * (7 * kGenes + 3));  // summed
}

TEST_CASE("what is held beside the blocks counts") {
  const Scratch scratch;
  io::H5adFile file(make(scratch, true), {70000000, nullptr, true});
  CHECK(file.matrix({}) != nullptr);
  file.hold_beside(5000000);
  CHECK_THROWS_WITH_AS(file.matrix({}), "--memory: expected at least 74 MB for X with 700 rows, found 70 MB",
                       UsageError);
  io::H5adFile free(make(scratch, true));
  const std::int64_t before = free.reading_bytes({}, false);
  free.hold_beside(5000000);
  CHECK(free.reading_bytes({}, false) == before + 5000000);
}

TEST_CASE("less memory than the smallest blocks need is refused where it was asked for") {
  const Scratch scratch;
  const io::H5adFile file(make(scratch, true), {1000, nullptr, true});
  CHECK_THROWS_WITH_AS(file.matrix({}), "--memory: expected at least 69 MB for X with 700 rows, found 1000 bytes",
                       UsageError);
}

TEST_CASE("a TMPDIR that is gone") {
  const Scratch scratch;
  const io::H5adFile columns(make(scratch, false), {1, nullptr, false});
  const char* const before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  setenv("TMPDIR", "/nosuch/folder", 1);
  CHECK(test::data_error([&] { columns.matrix({}); }).find("/nosuch/folder: no room for X turned from columns") !=
        std::string::npos);
  if (kept.empty())
    unsetenv("TMPDIR");
  else
    setenv("TMPDIR", kept.c_str(), 1);
}
