#include "core/parallel.hpp"

#include <doctest/doctest.h>
#include <stdexcept>
#include <vector>

using namespace instar;
using namespace instar::core;

TEST_CASE("every task runs once, whatever the number of threads") {
  for (int count : {1, 2, 3, 8}) {
    set_threads(count);
    std::vector<int> runs(1000, 0);
    parallel_for(1000, [&](Index i) { ++runs[static_cast<std::size_t>(i)]; });
    CHECK(runs == std::vector<int>(1000, 1));
  }
}

TEST_CASE("the error of the lowest task comes out, and the others still ran") {
  set_threads(2);
  std::vector<int> runs(100, 0);
  const auto body = [&](Index i) {
    ++runs[static_cast<std::size_t>(i)];
    if (i == 30 || i == 60) throw std::runtime_error(std::to_string(i));
  };
  CHECK_THROWS_WITH(parallel_for(100, body), "30");
  CHECK(runs == std::vector<int>(100, 1));
}

TEST_CASE("chunks cover the range in pieces of the grain") {
  set_threads(2);
  std::vector<int> seen(10, 0);
  parallel_chunks(10, 4, [&](Index begin, Index end) {
    CHECK(begin % 4 == 0);
    for (Index i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
  });
  CHECK(seen == std::vector<int>(10, 1));
}
