#include "cli/ending.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"

using namespace instar;
using cli::require_ending;

namespace {

std::string refusal(const std::string& path, const std::vector<std::string>& endings) {
  try {
    require_ending("--output", path, endings);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a name promises the usual ending of its kind, or nothing") {
  CHECK(cli::promised_ending("a.TXT") == ".tsv");
  CHECK(cli::promised_ending("b/a.h5") == ".h5ad");
  CHECK(cli::promised_ending("a.csv") == ".csv");
  CHECK(cli::promised_ending("a.2") == "");
  CHECK(cli::promised_ending("maps") == "");
}

TEST_CASE("a placeholder says which endings are written") {
  CHECK(cli::endings_of("OUT.h5ad|OUT.tsv") == std::vector<std::string>{".h5ad", ".tsv"});
  CHECK(cli::endings_of("MODEL.instar") == std::vector<std::string>{".instar"});
  CHECK(cli::endings_of("DIR").empty());
}

TEST_CASE("names that promise what is written, or nothing, pass") {
  for (const char* path : {"m.instar", "runs.2/m", "m", "m.tmp", "m.v1.2", "-", "/dev/stdout", "/dev/null", "M.INSTAR",
                           "folder.h5ad/m", ".hidden"})
    CHECK_MESSAGE(refusal(path, {".instar"}).empty(), path);
  CHECK(refusal("a.h5", {".h5ad", ".tsv"}).empty());
  CHECK(refusal("a.txt", {".h5ad", ".tsv"}).empty());
  CHECK(refusal("maps.h5ad", {}).empty());
}

TEST_CASE("names that promise another kind of file are refused with one that would do") {
  CHECK(refusal("run/m.h5ad", {".instar"}) ==
        "--output run/m.h5ad: what is written is a model, not .h5ad; write run/m.instar");
  CHECK(refusal("x.CSV", {".h5ad", ".tsv"}) ==
        "--output x.CSV: what is written is an h5ad file or a table with tabs between its columns, not .csv; write "
        "x.h5ad or x.tsv");
  CHECK(refusal("a b.h5ad.gz", {".h5ad"}) ==
        "--output 'a b.h5ad.gz': what is written is an h5ad file, not .gz; write 'a b.h5ad'");
}

TEST_CASE("a folder is no file") {
  CHECK(refusal(".", {".instar"}) == "--output . is a folder; name the file to write, as in ./out.instar");
  CHECK(refusal("not/there/", {".tsv"}) ==
        "--output not/there/ is a folder; name the file to write, as in not/there/out.tsv");
}
