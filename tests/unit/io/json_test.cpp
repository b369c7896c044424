#include "io/json.hpp"

#include <doctest/doctest.h>
#include <limits>

using namespace instar;
using io::Json;

TEST_CASE("values become JSON") {
  Json report = Json::object();
  report.set("n", std::int64_t{3}).set("x", 0.1).set("whole", 2.0).set("yes", true).set("none", Json());
  report.set("list", Json::array({0.5, 1.0})).set("names", Json::array(std::vector<std::string>{"a", "b"}));
  CHECK(report.text(0) == R"({"n":3,"x":0.1,"whole":2,"yes":true,"none":null,"list":[0.5,1],"names":["a","b"]})");
  CHECK(Json::object().text() == "{}");
  CHECK(Json::array().text() == "[]");
}

TEST_CASE("numbers that JSON does not have are null") {
  CHECK(Json(std::numeric_limits<double>::quiet_NaN()).text() == "null");
  CHECK(Json(std::numeric_limits<double>::infinity()).text() == "null");
}

TEST_CASE("text is escaped, and what is not UTF-8 replaced") {
  CHECK(Json("a\"b\\c\n\x01").text() == "\"a\\\"b\\\\c\\n\\u0001\"");
  CHECK(Json("größe").text() == "\"größe\"");
  CHECK(Json("\xff").text() == "\"\xEF\xBF\xBD\"");
}

TEST_CASE("a member set again keeps its place") {
  CHECK(Json::object().set("a", 1).set("b", 2).set("a", 3).text(0) == R"({"a":3,"b":2})");
}

TEST_CASE("facts keep their kinds") {
  const core::Facts facts = {{"a.b", std::int64_t{1}}, {"c", std::vector<double>{1.5}}, {"d", std::string("x")}};
  CHECK(Json::of(facts).text(0) == R"({"a.b":1,"c":[1.5],"d":"x"})");
}
