#include "core/time_label.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"

using namespace instar;
using namespace instar::core;

TEST_CASE("labels give their number and unit") {
  const auto check = [](const char* text, double value, const char* unit) {
    CAPTURE(text);
    const TimeLabel label = parse_time_label(text);
    CHECK(label.value == value);
    CHECK(label.unit == unit);
  };
  check("3", 3, "");
  check("-1.5", -1.5, "");
  check("1e2", 100, "");
  check("D3", 3, "day");
  check("day 3", 3, "day");
  check("Day_03", 3, "day");
  check("72h", 72, "hour");
  check("72 hours", 72, "hour");
  check("E7.5", 7.5, "embryonic day");
  check("d0", 0, "day");
  check("4 weeks", 4, "week");
}

TEST_CASE("what is not a time is refused") {
  for (const char* text : {"", "control", "D3 rep2", "3 apples", "nan", "inf", "1e999", "12h30"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_time_label(text), UsageError);
  }
}

TEST_CASE("a range is called one, with its middle") {
  for (const char* text : {"210-270", "210 - 270", "210 to 270", "t210-270 min"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(parse_time_label(text), doctest::Contains("is a range, not one time (its middle is 240)"),
                         UsageError);
  }
  for (const char* text : {"> 650", "<100"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH_AS(parse_time_label(text), doctest::Contains("is a range without an end"), UsageError);
  }
  CHECK_THROWS_WITH_AS(parse_time_label("D3 rep2"), doctest::Contains("more than one number"), UsageError);
}

TEST_CASE("labels of one column share a unit and are distinct") {
  CHECK(parse_time_labels({"D10", "D2"}).values == std::vector<double>{10, 2});
  CHECK(parse_time_labels({"D10", "D2"}).unit == "day");
  CHECK_THROWS_AS(parse_time_labels({"D3", "72h"}), UsageError);
  CHECK_THROWS_AS(parse_time_labels({"D3", "day 3"}), UsageError);
}

TEST_CASE("lists and numbers") {
  CHECK(parse_time_list("1,2.5,D7").size() == 3);
  CHECK(parse_time_list("1,2.5,D7")[2].unit == "day");
  CHECK_THROWS_AS(parse_time_list("1,,2"), UsageError);
  CHECK(format_number(3) == "3");
  CHECK(format_number(0.1) == "0.1");
}

TEST_CASE("times that are asked for take the unit of the column") {
  const auto in = [](const char* wanted, const char* unit) {
    return times_in_unit("--times", parse_time_list(wanted), unit, "a.h5ad: obs/day");
  };
  CHECK(in("72h,D3,3,t3", "day") == std::vector<double>{3, 3, 3, 3});
  CHECK(in("2h", "day") == std::vector<double>{2. / 24});
  CHECK(in("1 week, 2d", "hour") == std::vector<double>{168, 48});
  CHECK(in("90min", "hour") == std::vector<double>{1.5});
  CHECK(in("E7.5,8", "embryonic day") == std::vector<double>{7.5, 8});
  CHECK(in("t2,3", "") == std::vector<double>{2, 3});
  CHECK_THROWS_WITH_AS(in("2h", ""),
                       "--times '2h': the times of a.h5ad: obs/day have no unit, so hours cannot be turned into "
                       "theirs; give the number alone, as it stands there",
                       UsageError);
  for (const char* unit : {"time", "embryonic day", "month", "stage"}) {
    CAPTURE(unit);
    CHECK_THROWS_AS(in("2h", unit), UsageError);
  }
  CHECK_THROWS_WITH_AS(in("E7", "day"), doctest::Contains("are in days, which embryonic days cannot be turned into"),
                       UsageError);
}
