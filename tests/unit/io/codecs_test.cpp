// What codecs of others made is read; what is damaged is refused. tests/reference/filters_hdf5plugin.py made the file.

#include "io/codecs.hpp"

#include <array>
#include <doctest/doctest.h>
#include <string>

#include "core/parallel.hpp"
#include "io/h5ad.hpp"
#include "made_file.hpp"

using namespace instar;
using io::Codec;

namespace {

std::string filters_file() { return std::string(INSTAR_TEST_SOURCE_DIR) + "/cli/data/filters.h5ad"; }

std::vector<std::byte> bytes(const std::string& text) {
  std::vector<std::byte> result;
  for (const char c : text) result.push_back(static_cast<std::byte>(c));
  return result;
}

}  // namespace

TEST_CASE("every filter that is known gives the same numbers") {
  const io::H5adFile file(filters_file());
  const Matrix x = file.dense({});
  CHECK(x.sum() > 0);
  for (int threads : {1, 2}) {
    core::set_threads(threads);
    for (const auto& layer : file.layers()) {
      if (layer == "bzip2" || layer == "blosc2") continue;
      CAPTURE(layer);
      CHECK(file.dense({io::MatrixName::Slot::layer, layer}) == x);  // the library's path, through our filters
      const auto rows = file.matrix({io::MatrixName::Slot::layer, layer});
      Matrix read = Matrix::Zero(x.rows(), x.cols());
      core::RowBlock block;
      while (rows->next(block))
        for (Index i = 0; i < block.rows(); ++i)
          for (auto k = block.indptr[static_cast<std::size_t>(i)]; k < block.indptr[static_cast<std::size_t>(i) + 1];
               ++k)
            read(block.first_row + i, block.indices[static_cast<std::size_t>(k)]) =
                block.values[static_cast<std::size_t>(k)];
      CHECK(read == x);  // our own path
    }
  }
}

TEST_CASE("a filter that is not known is named, with what brings it") {
  const io::H5adFile file(filters_file());
  const auto error = [&](const std::string& layer) {
    return test::data_error([&] { file.dense({io::MatrixName::Slot::layer, layer}); });
  };
  CHECK(error("bzip2").find("HDF5 filter 307 (bzip2), which is not installed; install the Debian package "
                            "hdf5-filter-plugin") != std::string::npos);
  CHECK(error("blosc2").find("HDF5 filter 32026 (blosc2)") != std::string::npos);
}

TEST_CASE("damaged frames are refused, and none expands beyond its bound") {
  // 16 bytes that are stored as they are: eight bytes of the whole size, four of a block's, four of what is stored.
  const std::string head("\0\0\0\0\0\0\0\x10\0\0\0\x10\0\0\0\x10", 16);
  const auto frame = bytes(head + "0123456789abcdef");
  std::vector<std::byte> out(16);
  CHECK(io::expand(Codec::lz4, {}, frame, out));
  CHECK(out == bytes("0123456789abcdef"));
  CHECK(io::expand_up_to(Codec::lz4, {}, frame, 16) == out);
  CHECK_FALSE(io::expand_up_to(Codec::lz4, {}, frame, 15));  // more than is allowed
  for (std::size_t size = 0; size < frame.size(); ++size)    // cut off anywhere
    CHECK_FALSE(io::expand(Codec::lz4, {}, std::span(frame).first(size), out));
  const auto bomb = bytes(std::string("\xff\xff\xff\xff\xff\xff\xff\xff\x7f\xff\xff\xff", 12));
  CHECK_FALSE(io::expand_up_to(Codec::lz4, {}, bomb, std::size_t{1} << 20));
  const unsigned bits[] = {0, 3, 4, 0, 2};
  for (const Codec codec : {Codec::deflate, Codec::lzf, Codec::blosc, Codec::zstd, Codec::bitshuffle}) {
    CHECK_FALSE(io::expand(codec, bits, bytes("\xff\xff\xff\xff what is this \xff\xff"), out));
    CHECK_FALSE(io::expand(codec, bits, {}, out));
  }
}

TEST_CASE("planes of bytes that do not shrink are stored, the others compressed") {
  std::vector<std::byte> all(4 * 300'000);
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < all.size(); i += 4) {
    state = state * 1664525 + 1013904223;
    all[i] = static_cast<std::byte>(state >> 24);  // as good as random
    all[i + 1] = static_cast<std::byte>(i / 1000 % 7);
  }
  const auto stored = io::shuffled_and_deflated(all, 4, 1);
  CHECK(stored.size() > 300'000);
  CHECK(stored.size() < 330'000);
  CHECK(std::equal(stored.begin() + 7, stored.begin() + 1007, all.begin(),
                   [&, i = std::size_t{0}](auto a, auto) mutable { return a == all[4 * i++]; }));
  std::vector<std::byte> planes(all.size());
  std::vector<std::byte> back(all.size());
  REQUIRE(io::expand(Codec::deflate, {}, stored, planes));
  io::unshuffle(planes, back, 4);
  CHECK(back == all);
  for (std::byte& byte : all) {  // nothing shrinks
    state = state * 1664525 + 1013904223;
    byte = static_cast<std::byte>(state >> 24);
  }
  const auto random = io::shuffled_and_deflated(all, 1, 1);
  REQUIRE(io::expand(Codec::deflate, {}, random, planes));
  CHECK(planes == all);
}

TEST_CASE("what is shuffled and deflated comes back") {
  for (const auto [element, count, level] : {std::array{1, 1000, 4},
                                             {2, 1000, 4},
                                             {4, 1000, 4},
                                             {8, 1000, 4},
                                             {3, 1000, 4},
                                             {4, 1000, 1},
                                             {8, 1000, 1},
                                             {3, 1000, 1},
                                             {1, 1, 1},
                                             {4, 200'000, 1}}) {
    CAPTURE(element);
    CAPTURE(count);
    CAPTURE(level);
    std::vector<std::byte> all(static_cast<std::size_t>(element * count));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::byte>(i * i % 251);
    const auto stored = io::shuffled_and_deflated(all, static_cast<std::size_t>(element), level);
    std::vector<std::byte> planes(all.size());
    std::vector<std::byte> back(all.size());
    REQUIRE(io::expand(Codec::deflate, {}, stored, planes));
    io::unshuffle(planes, back, static_cast<std::size_t>(element));
    CHECK(back == all);
    REQUIRE(io::expand(Codec::deflate, {}, io::deflated(all, level), back));
    CHECK(back == all);
  }
}
