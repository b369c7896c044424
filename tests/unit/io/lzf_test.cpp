#include "io/lzf.hpp"

#include <doctest/doctest.h>
#include <string>

using instar::io::expand_lzf;

namespace {

std::string expand(const std::string& data, std::size_t most) {
  const auto out = expand_lzf(reinterpret_cast<const std::uint8_t*>(data.data()), data.size(), most);
  return out ? std::string(out->begin(), out->end()) : "damaged";
}

}  // namespace

TEST_CASE("literals and references, short and long, overlapping too") {
  CHECK(expand(std::string("\x02"
                           "abc",
                           4),
               3) == "abc");
  // abc, then 4 bytes from 3 back: length 4 - 2 = 2 in the upper bits, distance 3 - 1 = 2
  CHECK(expand(std::string("\x02"
                           "abc\x40\x02",
                           6),
               7) == "abcabca");
  // a, then 7 + 5 + 2 = 14 more of it
  CHECK(expand(std::string("\x00"
                           "a\xe0\x05\x00",
                           5),
               15) == std::string(15, 'a'));
}

TEST_CASE("damaged data are refused") {
  CHECK(expand("\x05"
               "ab",
               100) == "damaged");  // promises six bytes
  CHECK(expand(std::string("\x00"
                           "a\x40",
                           3),
               100) == "damaged");  // reference cut off
  CHECK(expand(std::string("\x00"
                           "a\x40\x05",
                           4),
               100) == "damaged");  // before the beginning
  CHECK(expand(std::string("\x00"
                           "a\xe0\xff\x00",
                           5),
               100) == "damaged");  // longer than allowed
  CHECK(expand("\xe0", 100) == "damaged");
}
