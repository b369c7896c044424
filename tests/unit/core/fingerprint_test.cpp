#include "core/fingerprint.hpp"

#include <doctest/doctest.h>

using namespace instar;
using core::Fingerprint;

TEST_CASE("fingerprints are those of FNV-1a, 64 bits") {
  const auto of = [](std::string_view bytes) {
    Fingerprint fingerprint;
    fingerprint.add(bytes);
    return fingerprint.text();
  };
  // The test vectors of the draft.
  CHECK(of("") == "cbf29ce484222325");
  CHECK(of("a") == "af63dc4c8601ec8c");
  CHECK(of("foobar") == "85944171f73967e8");
}

TEST_CASE("a number counts as the bytes it is in memory, a matrix with its rows") {
  Fingerprint number, bytes;
  number.add(1.0);
  bytes.add(std::string_view("\0\0\0\0\0\0\xf0\x3f", 8));
  CHECK(number.value() == bytes.value());
  Fingerprint tall, wide;
  tall.add(Matrix(Matrix::Ones(2, 1)));
  wide.add(Matrix(Matrix::Ones(1, 2)));
  CHECK(tall.value() != wide.value());
}
