#include "io/json_reader.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "support/scratch.hpp"

using namespace instar;

TEST_CASE("objects become facts, inner ones with dots") {
  const auto facts = io::parse_json_object(
      R"({"a": 1, "b": {"c": 2.5, "d": {"e": "x"}}, "f": [1, 2], "g": ["u", "v"], "h": null, "i": true})");
  CHECK(facts.size() == 6);
  CHECK(std::get<std::int64_t>(facts.at("a")) == 1);
  CHECK(std::get<double>(facts.at("b.c")) == 2.5);
  CHECK(std::get<std::string>(facts.at("b.d.e")) == "x");
  CHECK(std::get<std::vector<double>>(facts.at("f")) == std::vector<double>{1, 2});
  CHECK(std::get<std::vector<std::string>>(facts.at("g")).size() == 2);
  CHECK(std::get<bool>(facts.at("i")));
}

TEST_CASE("what is no object is refused, however deep it goes") {
  CHECK_THROWS_AS(io::parse_json_object("[1]"), UsageError);
  CHECK_THROWS_AS(io::parse_json_object("{"), UsageError);
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  CHECK_THROWS_WITH_AS(io::parse_json_object("{\"a\": " + deep + "}"), doctest::Contains("64 deep"), UsageError);
}

TEST_CASE("lines of a log, of which the last may be unfinished") {
  const test::Scratch scratch;
  const std::string path = scratch / "log.jsonl";
  test::write_file(path, "{\"step\":1,\"loss\":2.5}\n{\"step\":2,\"loss\":2.25}\n{\"step\":3,\"lo");
  const auto lines = io::read_json_lines(path);
  REQUIRE(lines.size() == 2);
  CHECK(std::get<double>(lines[1].at("loss")) == 2.25);
  test::write_file(path, "{\"step\":1}\nnot this\n");
  CHECK_THROWS_WITH_AS(io::read_json_lines(path), doctest::Contains("line 2"), DataError);
  CHECK_THROWS_AS(io::read_json_lines(scratch / "nosuch"), DataError);
}
