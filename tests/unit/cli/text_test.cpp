#include "cli/text.hpp"

#include <doctest/doctest.h>

#include "cli/resources.hpp"
#include "core/error.hpp"

using namespace instar::cli;

TEST_CASE("control characters are escaped, letters of any script are not") {
  CHECK(printable("plain, caf\xc3\xa9 \xe2\x82\xac") == "plain, caf\xc3\xa9 \xe2\x82\xac");
  CHECK(printable("a\nb\tc\rd\x1b[31m\x7f") == "a\\nb\\tc\\rd\\x1b[31m\\x7f");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\xc2\\x9b31m");
  CHECK(printable(std::string_view("\0", 1)) == "\\x00");
}

TEST_CASE("words are quoted only where a shell needs it") {
  CHECK(shell_quote("out/a-b_1.h5ad") == "out/a-b_1.h5ad");
  CHECK(shell_quote("") == "''");
  CHECK(shell_quote("two words") == "'two words'");
  CHECK(shell_quote("it's") == "'it'\\''s'");
  CHECK(shell_quote("$HOME;*") == "'$HOME;*'");
  CHECK(shell_quote("a\n'b'\\") == "$'a\\n\\'b\\'\\\\'");
}

TEST_CASE("text is wrapped at white space") {
  CHECK(wrap("one two  three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(wrap("unbreakable x", 4) == std::vector<std::string>{"unbreakable", "x"});
  CHECK(wrap("", 10).empty());
}

TEST_CASE("the nearest candidate is near") {
  const std::vector<std::string> flags{"--output", "-o", "--threads", "--time-key"};
  CHECK(nearest("--threds", flags) == "--threads");
  CHECK(nearest("--out", flags) == "--output");
  CHECK(nearest("--time", flags) == "--time-key");
  CHECK(nearest("pac", {"prep", "pca"}) == "pca");
  CHECK(nearest("-x", flags).empty());
  CHECK(nearest("--banana", flags).empty());
}

TEST_CASE("lists of words") {
  CHECK(join_words({}) == "");
  CHECK(join_words({"a"}) == "a");
  CHECK(join_words({"a", "b", "c"}, "or") == "a, b or c");
}

TEST_CASE("sizes and durations for people") {
  CHECK(format_bytes(999) == "999 B");
  CHECK(format_bytes(1500) == "1.5 kB");
  CHECK(format_bytes(640123456) == "640 MB");
  CHECK(format_bytes(999999999) == "1.0 GB");
  CHECK(format_seconds(0.417) == "0.42 s");
  CHECK(format_seconds(12.34) == "12.3 s");
  CHECK(format_seconds(200.4) == "3 min 20 s");
  CHECK(format_seconds(7530) == "2 h 5 min");
  CHECK(peak_memory_bytes() > 100000);
}

TEST_CASE("sizes as people write them") {
  CHECK(parse_bytes("--memory", "1234") == 1234);
  CHECK(parse_bytes("--memory", "500M") == 500000000);
  CHECK(parse_bytes("--memory", "2 GB") == 2000000000);
  CHECK(parse_bytes("--memory", "1.5g") == 1500000000);
  CHECK(parse_bytes("--memory", "512MiB") == std::int64_t{512} << 20);
  CHECK(parse_bytes("--memory", "7b") == 7);
  for (const char* text : {"", "M", "much", "-1", "0", "5X", "5MBB", "1e30T", "nan"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_bytes("--memory", text), instar::UsageError);
  }
  CHECK(machine_memory_bytes() > 0);
}
