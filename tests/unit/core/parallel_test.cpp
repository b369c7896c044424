#include "core/parallel.hpp"

#include <chrono>
#include <doctest/doctest.h>
#include <stdexcept>
#include <thread>
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

TEST_CASE("a loop inside a task runs too, and so do loops of callers that do not know each other") {
  set_threads(3);
  std::vector<int> seen(64, 0);
  parallel_for(8, [&](Index i) { parallel_for(8, [&](Index j) { ++seen[static_cast<std::size_t>(8 * i + j)]; }); });
  CHECK(seen == std::vector<int>(64, 1));

  std::vector<std::vector<int>> counts(4, std::vector<int>(200, 0));
  std::vector<std::thread> callers;
  for (auto& mine : counts) {
    callers.emplace_back([&mine] {
      for (int round = 0; round < 50; ++round) {
        parallel_for(200, [&](Index i) { ++mine[static_cast<std::size_t>(i)]; });
      }
    });
  }
  for (auto& caller : callers) caller.join();
  for (const auto& mine : counts) CHECK(mine == std::vector<int>(200, 50));
  set_threads(2);
}

TEST_CASE("loops after a pause, when every thread sleeps, and with more threads than tasks") {
  set_threads(4);
  for (int round = 0; round < 20; ++round) {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    std::vector<int> runs(3, 0);
    parallel_for(3, [&](Index i) { ++runs[static_cast<std::size_t>(i)]; });
    CHECK(runs == std::vector<int>(3, 1));
  }
  parallel_for(0, [](Index) { FAIL("no task"); });
  set_threads(2);
}
