#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <limits>
#include <vector>

#include "io/h5ad.hpp"
#include "io/matrix_stats.hpp"
#include "made_file.hpp"
#include "support/scratch.hpp"

using namespace instar;
using test::data_error;
using test::MadeFile;
using test::Scratch;

namespace {

// 3 x 4
Matrix expected() {
  Matrix matrix(3, 4);
  matrix << 0, 5, 0, 1.5, 0, 0, 0, 0, 2, 0, 0, -3;
  return matrix;
}

std::string read_error(const std::string& path) {
  return data_error([&] {
    const io::H5adFile file(path);
    const auto rows = file.matrix({});
    core::RowBlock block;
    while (rows->next(block)) {
    }
  });
}

}  // namespace

TEST_CASE("rows in any order, with duplicates and zeros, of any index type") {
  const Scratch scratch;
  for (const std::string type : {"int32", "int64", "uint8", "uint16", "uint32"}) {
    CAPTURE(type);
    const auto path = scratch / type;
    {
      MadeFile made(path, 3, 4);
      made.sparse("X", "csr_matrix", {3, 4}, {1.5, 2, 3, 0, -3, 2}, {3, 1, 1, 2, 3, 0}, {0, 4, 4, 6}, type);
    }
    const io::H5adFile file(path);
    CHECK(file.dense({}) == expected());
    const auto rows = file.matrix({});
    core::RowBlock block;
    REQUIRE(rows->next(block));
    CHECK(block.indptr == std::vector<std::int64_t>{0, 3, 3, 5});
    CHECK(block.indices == std::vector<std::int32_t>{1, 2, 3, 0, 3});
    CHECK(block.values == std::vector<double>{5, 0, 1.5, 2, -3});  // 2 + 3; the stored zero stays
    CHECK_FALSE(rows->next(block));
    const auto stats = io::measure(*rows);
    CHECK(stats.nonzero == 4);
    CHECK(stats.sum == 5.5);
    CHECK(stats.min == -3);
    CHECK(stats.max == 5);
    CHECK_FALSE(stats.integers);
  }
}

TEST_CASE("values are measured whatever their size and number") {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  constexpr double kLarge = 4503599627370496.0;  // 2^52: only below it there are halves
  CHECK(io::measure(std::vector<double>{}).nonzero == 0);
  for (std::size_t count = 1; count <= 9; ++count) {
    CAPTURE(count);
    for (std::size_t odd = 0; odd < count; ++odd) {
      CAPTURE(odd);
      std::vector<double> values(count, -2);
      values[odd] = 0;
      const auto whole = io::measure(values);
      CHECK(whole.nonzero == static_cast<Index>(count) - 1);
      CHECK(whole.sum == -2 * (static_cast<double>(count) - 1));
      CHECK(whole.max == 0);
      CHECK(whole.integers);
      for (const double value : {kLarge, -kLarge, 2 * kLarge + 2, kLarge - 1, -3.0}) {
        values[odd] = value;
        CHECK(io::measure(values).integers);
        CHECK(io::measure(values).min == (count > 1 ? std::min(value, -2.0) : value));
      }
      for (const double value : {kLarge / 2 + .5, .5 - kLarge / 2, kLarge - .5, 1e-300, -.5, kNone}) {
        values[odd] = value;
        CHECK_FALSE(io::measure(values).integers);
      }
      values[odd] = kNone;
      CHECK(std::isnan(io::measure(values).sum));
      CHECK(io::measure(values).min == (count > 1 ? -2 : 0));
    }
  }
}

TEST_CASE("columns are turned into rows") {
  const Scratch scratch;
  const auto path = scratch / "csc.h5ad";
  {
    MadeFile made(path, 3, 4);
    made.sparse("X", "csc_matrix", {3, 4}, {2, 2, 3, -3, 1.5}, {2, 0, 0, 2, 0}, {0, 1, 3, 3, 5});
  }
  CHECK(io::H5adFile(path).dense({}) == expected());
}

TEST_CASE("long matrices come in blocks that fit together") {
  const Scratch scratch;
  const auto path = scratch / "long.h5ad";
  constexpr Index kCells = 20000;
  {
    MadeFile made(path, kCells, 2);
    std::vector<double> data;
    std::vector<std::int64_t> indices;
    std::vector<std::int64_t> indptr{0};
    for (Index i = 0; i < kCells; ++i) {
      if (i % 3 != 0) {
        data.push_back(static_cast<double>(i));
        indices.push_back(i % 2);
      }
      indptr.push_back(static_cast<std::int64_t>(data.size()));
    }
    made.sparse("X", "csr_matrix", {kCells, 2}, data, indices, indptr);
  }
  const io::H5adFile file(path);
  const auto rows = file.matrix({});
  for (int pass = 0; pass < 2; ++pass) {
    rows->rewind();
    core::RowBlock block;
    Index next = 0;
    int blocks = 0;
    bool right = true;
    while (rows->next(block)) {
      ++blocks;
      right = right && block.first_row == next;
      for (Index i = 0; i < block.rows(); ++i, ++next) {
        const auto begin = static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(i)]);
        const auto count = block.indptr[static_cast<std::size_t>(i) + 1] - static_cast<std::int64_t>(begin);
        right = right && count == (next % 3 != 0 ? 1 : 0);
        if (count == 1) right = right && block.values[begin] == static_cast<double>(next);
        if (count == 1) right = right && block.indices[begin] == next % 2;
      }
    }
    CHECK(right);
    CHECK(next == kCells);
    CHECK(blocks == 3);
  }
}

TEST_CASE("a sparse matrix that contradicts itself is refused, with the place") {
  const Scratch scratch;
  int made_files = 0;
  const auto error = [&](const std::vector<Index>& shape, std::size_t data, const std::vector<std::int64_t>& indices,
                         const std::vector<std::int64_t>& indptr) {
    const auto path = scratch / std::to_string(++made_files);
    {
      MadeFile made(path, 3, 4);
      made.sparse("X", "csr_matrix", shape, std::vector<double>(data, 1), indices, indptr);
    }
    return read_error(path);
  };
  const auto says = [](const std::string& message, const std::string& place, const std::string& what) {
    CAPTURE(message);
    CHECK(message.find(place) != std::string::npos);
    CHECK(message.find(what) != std::string::npos);
  };
  CHECK(error({3, 4}, 2, {0, 3}, {0, 1, 1, 2}).empty());
  says(error({3, 4}, 2, {0, 4}, {0, 1, 1, 2}), "X/indices", "from 0 to 3, found 4");
  says(error({3, 4}, 2, {0, -1}, {0, 1, 1, 2}), "X/indices", "found -1");
  says(error({3, 4}, 2, {0, 1}, {0, 1, 1, 3}), "X/indptr", "end by 2");
  says(error({3, 4}, 2, {0, 1}, {0, 2, 1, 2}), "X/indptr", "never fall");
  says(error({3, 4}, 2, {0, 1}, {1, 1, 1, 2}), "X/indptr", "start at 0");
  says(error({3, 4}, 2, {0, 1}, {0, 1, 2}), "X/indptr", "expected 4 entries");
  says(error({3, 4}, 2, {0, 1, 2}, {0, 1, 1, 2}), "X/indices", "as many entries as data");
  says(error({4, 3}, 2, {0, 1}, {0, 1, 1, 1, 2}), "X", "expected 3 x 4 (cells x genes), found 4 x 3");
  says(error({3, 4, 5}, 2, {0, 1}, {0, 1, 1, 2}), "X", "shape of two integers");
  says(error({-3, 4}, 2, {0, 1}, {0, 1, 1, 2}), "X", "shape of two integers");
}

TEST_CASE("a size that is declared but not stored is refused before it is allocated") {
  const Scratch scratch;
  const auto path = scratch / "huge.h5ad";
  {
    MadeFile made(path, 3, 4);
    auto group = made.root.create_group("X");
    group.set_encoding("csr_matrix", "0.1.0");
    group.set_attribute("shape", std::vector<Index>{3, 4});
    for (const char* name : {"data", "indices"}) {
      const auto part = group.create_chunked(name, {}, 1024, "int32");
      part.set_length(Index{1} << 60);
    }
    const std::vector<std::int64_t> indptr{0, 1, 1, Index{1} << 60};
    group.write_array("indptr", {4}, indptr.data(), "int64");
  }
  CHECK(read_error(path).find("chunks of data, more than are stored") != std::string::npos);
}

TEST_CASE("a matrix that is not there, or not a matrix") {
  const Scratch scratch;
  const auto path = scratch / "none.h5ad";
  {
    MadeFile made(path, 3, 4);
    const auto layers = io::write_dict(made.root, "layers");
    io::write_string_array(layers, "words", {"a", "b", "c"});
    const std::vector<double> cube(24, 1);
    io::write_array(layers, "cube", {3, 4, 2}, cube.data(), "float64");
  }
  const io::H5adFile file(path);
  CHECK_FALSE(file.matrix_info({}).has_value());
  CHECK(data_error([&] { file.matrix({}); }).find("or name a layer with --layer: cube, words") != std::string::npos);
  CHECK(data_error([&] {
          file.matrix({io::MatrixName::Slot::layer, "words"});
        }).find("layers/words") != std::string::npos);
  CHECK(data_error([&] {
          file.matrix({io::MatrixName::Slot::layer, "cube"});
        }).find("3 dimensions") != std::string::npos);
}
