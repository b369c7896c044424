#include "io/digest.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "core/fingerprint.hpp"
#include "core/parallel.hpp"
#include "support/scratch.hpp"

using namespace instar;

namespace {

std::string fingerprint(std::string_view bytes) {
  core::Fingerprint print;
  print.add(bytes);
  return print.text();
}

}  // namespace

TEST_CASE("a file's digest is that of its bytes; of a long one that of the digests of its mebibytes") {
  const test::Scratch scratch;
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  std::string bytes(5 * kPiece + 12345, ' ');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i / 7);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1000}, kPiece, kPiece + 1, 4 * kPiece, bytes.size()}) {
    CAPTURE(size);
    const std::string_view part(bytes.data(), size);
    test::write_file(scratch / "file", std::string(part));
    std::string expected = fingerprint(part);
    if (size > kPiece) {
      core::Fingerprint whole;
      for (std::size_t at = 0; at < size; at += kPiece) whole.add(fingerprint(part.substr(at, kPiece)));
      expected = whole.text();
    }
    for (const int threads : {1, 3}) {
      core::set_threads(threads);
      CHECK(io::file_digest(scratch / "file", "file") == expected);
    }
  }
  CHECK_THROWS_AS(io::file_digest(scratch / "nosuch", "nosuch"), DataError);
}
