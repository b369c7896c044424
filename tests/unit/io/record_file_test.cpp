#include "io/record_file.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <limits>

#include "core/error.hpp"
#include "core/fingerprint.hpp"
#include "support/scratch.hpp"

using namespace instar;
using test::read_file;
using test::Scratch;
using test::write_file;

namespace {

core::Record sample() {
  core::Record record;
  record.facts = {{"flag", true},
                  {"count", std::int64_t{-9007199254740993}},
                  {"rate", 0.1},
                  {"whole", 3.0},
                  {"nothing", std::numeric_limits<double>::quiet_NaN()},
                  {"text", std::string("größe \"quoted\"\n")},
                  {"times", std::vector<double>{0, 1.0 / 3, -std::numeric_limits<double>::infinity()}},
                  {"empty", std::vector<double>{}},
                  {"no names", std::vector<std::string>{}},
                  {"names", std::vector<std::string>{"a", ""}}};
  record.tensors["weights"] = {{2, 3}, std::vector<float>{1, 2, 3, 4, 5, 1e-30F}};
  record.tensors["none"] = {{0, 7}, std::vector<double>{}};
  record.tensors["scale"] = {{}, std::vector<double>{1.0 / 7}};
  return record;
}

std::string error_of(const std::string& path) {
  try {
    io::read_record(path);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

// The bytes with a digest that fits them: what a forger, or a bug, would write.
std::string sealed(std::string bytes) {
  bytes.resize(bytes.size() - 8);
  core::Fingerprint digest;
  digest.add(bytes);
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(digest.value() >> (8 * i) & 0xffU);
  return bytes;
}

}  // namespace

TEST_CASE("a record comes back as it was, kinds and bits") {
  const Scratch scratch;
  const auto path = scratch / "model.instar";
  io::write_record(path, sample());
  const core::Record read = io::read_record(path);
  core::Record expected = sample();
  REQUIRE(read.facts.size() == expected.facts.size());
  CHECK(std::isnan(std::get<double>(read.facts.at("nothing"))));
  for (const auto& [name, value] : expected.facts) {
    CAPTURE(name);
    if (name != "nothing") CHECK(read.facts.at(name) == value);
  }
  REQUIRE(read.tensors.size() == expected.tensors.size());
  for (const auto& [name, tensor] : expected.tensors) {
    CHECK(read.tensors.at(name).shape == tensor.shape);
    CHECK(read.tensors.at(name).data == tensor.data);
  }
}

TEST_CASE("the same record gives the same bytes") {
  const Scratch scratch;
  io::write_record(scratch / "a", sample());
  io::write_record(scratch / "b", sample());
  CHECK(read_file(scratch / "a") == read_file(scratch / "b"));
}

TEST_CASE("a damaged or truncated model is refused, wherever the damage is") {
  const Scratch scratch;
  const auto path = scratch / "model.instar";
  io::write_record(path, sample());
  const std::string whole = read_file(path);
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    write_file(path, whole.substr(0, size));
    CHECK_FALSE(error_of(path).empty());
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    write_file(path, bytes);
    CHECK_FALSE(error_of(path).empty());
  }
}

TEST_CASE("lengths and shapes in a model are checked against the file, not believed") {
  const Scratch scratch;
  const auto path = scratch / "model.instar";
  io::write_record(path, sample());
  const std::string whole = read_file(path);
  // Any byte may be wrong although the digest fits: no crash, no allocation beyond the file.
  for (std::size_t at = 8; at + 8 < whole.size(); ++at)
    for (const char mask : {'\x01', '\x0f', '\x7f'}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ mask);
      write_file(path, sealed(bytes));
      try {
        io::read_record(path);
      } catch (const DataError&) {
      }
    }
  std::string version = whole;
  version[8] = 9;
  write_file(path, sealed(version));
  CHECK(error_of(path).find("expected model format 1 or older, found 9") != std::string::npos);
}

TEST_CASE("another kind of file is named") {
  const Scratch scratch;
  write_file(scratch / "a.h5ad", std::string("\x89HDF\r\n\x1a\n", 8) + "more of it, more than the preamble");
  CHECK(error_of(scratch / "a.h5ad").find("found an HDF5 file") != std::string::npos);
  CHECK(error_of(scratch / "missing").find("cannot be read: No such file") != std::string::npos);
}
