// Lists in deflated chunks: read and written by several threads of ours, against the library's own path.

#include <doctest/doctest.h>
#include <fstream>
#include <utility>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "io/h5.hpp"
#include "io/list_writer.hpp"
#include "made_file.hpp"
#include "support/scratch.hpp"

using namespace instar;
using test::Scratch;
namespace h5 = instar::io::h5;

namespace {

// Three chunks of 128 Ki int32 and a part of a fourth.
constexpr Index kLength = 3 * 131072 + 1000;

std::vector<double> ramp() {
  std::vector<double> values(static_cast<std::size_t>(kLength));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 50021) - 300;
  return values;
}

/// A part of a list through slab(), and the same of numbers(), which is the library's path.
template <class T>
void check_parts(const h5::Node& list) {
  const std::vector<T> all = list.numbers<T>();
  for (const auto& [begin, count] :
       {std::pair<Index, Index>{0, kLength}, {131071, 2}, {1000, 200000}, {kLength - 1, 1}}) {
    std::vector<T> part(static_cast<std::size_t>(count));
    list.slab(begin, count, part.data());
    CHECK(std::equal(part.begin(), part.end(), all.begin() + begin));
  }
}

}  // namespace

TEST_CASE("deflated lists of every type read as the library reads them") {
  const Scratch scratch;
  const auto path = scratch / "lists.h5";
  const std::vector<std::string> types = {"int8",   "int16",  "int32",  "int64",   "uint8",
                                          "uint16", "uint32", "uint64", "float32", "float64"};
  {
    auto file = h5::File::create(path, path);
    const auto values = ramp();
    for (const auto& type : types) file.root().write_array(type, {kLength}, values.data(), type);
    file.close();
  }
  for (int threads : {1, 2}) {
    core::set_threads(threads);
    const auto file = h5::File::open(path, path);
    for (const auto& type : types) {
      CAPTURE(type);
      check_parts<double>(file.root().child(type));
      check_parts<std::int32_t>(file.root().child(type));
    }
  }
}

TEST_CASE("a damaged chunk is reported by the library") {
  const Scratch scratch;
  const auto path = scratch / "damaged.h5";
  {
    auto file = h5::File::create(path, path);
    const auto values = ramp();
    file.root().write_array("list", {kLength}, values.data(), "float64");
    file.close();
  }
  {
    std::fstream bytes(path, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(0, std::ios::end);
    const auto middle = bytes.tellp() / 2;
    bytes.seekp(middle);
    bytes << std::string(64, '\xa5');
  }
  const auto file = h5::File::open(path, path);
  const auto list = file.root().child("list");
  std::vector<double> out(static_cast<std::size_t>(kLength));
  CHECK_THROWS_WITH_AS(list.slab(0, kLength, out.data()), doctest::Contains("compressed data are damaged"), DataError);
}

TEST_CASE("lists written by several threads read back, by us and by the library") {
  const Scratch scratch;
  const auto path = scratch / "written.h5";
  const auto values = ramp();
  const std::vector<float> numbers(values.begin(), values.end());
  const std::vector<std::int32_t> integers(values.begin(), values.end());
  {
    auto file = h5::File::create(path, path);
    auto reals = io::ListWriter::of<float>(file.root(), "reals", "float32");
    auto whole = io::ListWriter::of<std::int32_t>(file.root(), "whole", "int32");
    auto empty = io::ListWriter::of<std::int32_t>(file.root(), "empty", "int32");
    for (int part = 0; part < 8; ++part) {  // more than is compressed together
      reals.append(numbers);
      whole.append(integers);
    }
    reals.finish();
    whole.finish();
    empty.finish();
    file.close();
  }
  const auto file = h5::File::open(path, path);
  CHECK(file.root().child("empty").size() == 0);
  const auto reals = file.root().child("reals");
  const auto whole = file.root().child("whole");
  REQUIRE(reals.size() == 8 * kLength);
  const auto all = reals.numbers<float>();
  bool right = true;
  for (std::size_t i = 0; i < all.size(); ++i) right = right && all[i] == numbers[i % numbers.size()];
  CHECK(right);
  check_parts<double>(reals);
  check_parts<std::int32_t>(whole);
}
