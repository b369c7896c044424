#include "io/times.hpp"

#include <cmath>
#include <doctest/doctest.h>

#include "made_file.hpp"
#include "support/scratch.hpp"

using namespace instar;
using io::Column;
using io::kMissing;
using test::data_error;
using test::Scratch;

namespace {

io::CellTimes times_of(const Column& column) {
  const Scratch scratch;
  {
    io::H5adWriter writer(scratch / "a", std::vector<std::string>(static_cast<std::size_t>(column.size()), "cell"), {});
    writer.set_obs("t", column);
    writer.commit();
  }
  return io::read_times(io::H5adFile(scratch / "a"), "t");
}

}  // namespace

TEST_CASE("numbers, whole or not, with missing ones counted") {
  const auto times = times_of(Column::of_numbers({2.5, 0, kMissing, 2.5}));
  CHECK(times.values[0] == 2.5);
  CHECK(std::isnan(times.values[2]));
  CHECK(times.missing == 1);
  REQUIRE(times.table.size() == 2);
  CHECK(times.table[0].time == 0);
  CHECK(times.table[1].label == "2.5");
  CHECK(times.table[1].cells == 2);
  CHECK(times.unit.empty());
  CHECK(times_of(Column::of_numbers({3, kMissing, 3}, "int64")).missing == 1);
}

TEST_CASE("text with a unit, in order of time and not of text") {
  const auto times = times_of(Column::of_text({"D10", "D2", "", "D2", "nan"}));
  CHECK(times.unit == "day");
  CHECK(times.missing == 2);
  REQUIRE(times.table.size() == 2);
  CHECK(times.table[0].label == "D2");
  CHECK(times.table[0].cells == 2);
  CHECK(times.table[1].time == 10);
  CHECK(times.values[0] == 10);
}

TEST_CASE("categories of text and of numbers; unused ones say nothing") {
  const auto text = times_of(Column::of_categories({1, 0, -1, 1}, {"72h", "24h", "unknown"}));
  CHECK(text.values[0] == 24);
  CHECK(text.unit == "hour");
  CHECK(text.missing == 1);
  CHECK(text.table.size() == 2);
  Column numeric = Column::of_categories({1, 0, -1}, {"0.5", "7"});
  numeric.category_numbers = {0.5, 7};
  const auto numbers = times_of(numeric);
  CHECK(numbers.values[0] == 7);
  CHECK(numbers.missing == 1);
}

TEST_CASE("what is not a time is refused with the column's name") {
  const auto refused = [](const Column& column) { return data_error([&] { times_of(column); }); };
  CHECK(refused(Column::of_text({"day 3", "72h"})).find("obs/t: times of different units") != std::string::npos);
  CHECK(refused(Column::of_text({"early", "late"})).find("cannot read 'early' as a time") != std::string::npos);
  CHECK(refused(Column::of_booleans({true, false})).find("true and false") != std::string::npos);
  CHECK(refused(Column::of_numbers({})).find("found no cells") != std::string::npos);
  CHECK(refused(Column::of_numbers({kMissing, kMissing})).find("all 2 cells lack one") != std::string::npos);
}

TEST_CASE("a missing key names likely columns") {
  const Scratch scratch;
  {
    io::H5adWriter writer(scratch / "a", {"c"}, {});
    writer.set_obs("batch", Column::of_numbers({1}));
    writer.set_obs("Day", Column::of_numbers({1}));
    writer.set_obs("time_bin", Column::of_text({"210-270"}));  // a promise that its values do not keep
    writer.commit();
  }
  const io::H5adFile file(scratch / "a");
  CHECK(data_error([&] { io::read_times(file, "time"); }).find("columns that look like times: Day;") !=
        std::string::npos);
}

TEST_CASE("a column that holds no times names those that may, among them labels with a unit") {
  const Scratch scratch;
  {
    io::H5adWriter writer(scratch / "a", {"c", "d"}, {});
    writer.set_obs("stage", Column::of_text({"early", "late"}));
    writer.set_obs("sample", Column::of_text({"D0", "D3"}));
    writer.set_obs("plate", Column::of_text({"D0", "D0"}));  // one time is no course
    writer.set_obs("count", Column::of_numbers({1, 2}));     // any number could be a time
    writer.commit();
  }
  const io::H5adFile file(scratch / "a");
  CHECK(io::likely_times(file) == std::vector<std::string>{"sample"});
  const std::string refused = data_error([&] { io::read_times(file, "stage"); });
  CHECK(refused.find("cannot read 'early' as a time") != std::string::npos);
  CHECK(refused.ends_with("; columns that look like times: sample"));
}

TEST_CASE("numbered donors, mice and wells are no times, and telling names come first") {
  const Scratch scratch;
  {
    io::H5adWriter writer(scratch / "a", {"a", "b", "c", "d"}, {});
    writer.set_obs("donor", Column::of_text({"D1", "D2", "D3", "D3"}));
    writer.set_obs("patient", Column::of_categories({0, 1, 1, -1}, {"P1", "P2"}));
    writer.set_obs("mouse", Column::of_categories({2, 1, 0, 0}, {"M1", "M2", "M3"}));
    writer.set_obs("well", Column::of_text({"E7", "E8", "E9", "E8"}));
    writer.set_obs("hto", Column::of_text({"H1", "H2", "", "H2"}));
    writer.set_obs("harvest", Column::of_text({"D0", "D1", "D2", "nan"}));        // from 0 on
    writer.set_obs("age_group", Column::of_text({"E7", "E8", "E10", "E8"}));      // not one after the other
    writer.set_obs("embryo", Column::of_text({"E6.5", "E7.0", "E7.5", "E7.5"}));  // nobody numbers mice by halves
    writer.set_obs("sample", Column::of_categories({0, 1, 2, 1}, {"24h", "48h", "72h"}));
    writer.set_obs("fixed", Column::of_text({"24hpf", "48hpf", "72hpf", "72hpf"}));
    writer.set_obs("mixed", Column::of_text({"24hpf", "48hpf", "control", "72hpf"}));
    writer.set_obs("time", Column::of_numbers({0, 1, 2, 2}));
    writer.commit();
  }
  CHECK(io::likely_times(io::H5adFile(scratch / "a")) ==
        std::vector<std::string>{"time", "harvest", "age_group", "embryo", "sample", "fixed"});
}

TEST_CASE("missing times are an error, unless they are dropped") {
  const Scratch scratch;
  {
    io::H5adWriter writer(scratch / "a", {"c", "d"}, {});
    writer.set_obs("t", Column::of_numbers({1, kMissing}));
    writer.commit();
  }
  const io::H5adFile file(scratch / "a");
  CHECK(data_error([&] { io::read_complete_times(file, "t", false, core::silent()); }).find("none for 1 of 2 cells") !=
        std::string::npos);
  CHECK(io::read_complete_times(file, "t", true, core::silent()).missing == 1);
}
