#include "am/block_coupling.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <set>
#include <utility>
#include <vector>

#include "am/fit.hpp"
#include "core/parallel.hpp"
#include "core/reporter.hpp"
#include "unit/am/coupling_problems.hpp"
#include "unit/am/gaussian_course.hpp"

using namespace instar;
using namespace instar::test;
using am::Coupling;
using am::CouplingOptions;

namespace {

struct Heard : core::Reporter {
  int warnings = 0;
  void warning(const std::string&) override { ++warnings; }
};

Coupling in_blocks(const Problem& problem, Index cells, core::Reporter& reporter = core::silent()) {
  const auto couple = [](const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b) {
    CHECK(x.rows() * y.rows() <= 60 * 60);
    return am::unbalanced_coupling(x, a, y, b, CouplingOptions{});
  };
  return am::block_coupling(problem.x.cast<float>(), 1, problem.y.cast<float>(), 2, cells, couple, reporter);
}

bool is_joined(const Coupling::Pair& pair) { return pair.source != Coupling::kNone && pair.target != Coupling::kNone; }

}  // namespace

TEST_CASE("blocks keep the mass of every cell, and join cells of one block only") {
  const Problem problem = clouds(200, 150, 3, 0.5, 41);
  Heard heard;
  const Coupling coupling = in_blocks(problem, 60, heard);
  CHECK(heard.warnings == 1);
  CHECK(coupling.relative_gap > 0);
  CHECK(coupling.relative_gap <= CouplingOptions{}.tolerance);
  Vector p = Vector::Zero(200);
  Vector q = Vector::Zero(150);
  std::vector<std::set<std::int32_t>> partners(200);
  for (std::size_t k = 0; k < coupling.pairs.size(); ++k) {
    const auto& pair = coupling.pairs[k];
    if (pair.source != Coupling::kNone) p[pair.source] += pair.p;
    if (pair.target != Coupling::kNone) q[pair.target] += pair.q;
    if (is_joined(pair)) partners[static_cast<std::size_t>(pair.source)].insert(pair.target);
    if (k == 0) continue;
    const auto& last = coupling.pairs[k - 1];
    const auto key = [](std::int32_t cell) { return static_cast<std::uint32_t>(cell); };
    CHECK(std::pair(key(last.source), key(last.target)) < std::pair(key(pair.source), key(pair.target)));
  }
  CHECK((p.array() - 1.0 / 200).abs().maxCoeff() < 1e-12);
  CHECK((q.array() - 2.0 / 150).abs().maxCoeff() < 1e-12);
  // Blurred plans join all cells of a block that are near enough: two sources have the same block's targets, or others.
  std::set<std::int32_t> first = partners[0];
  for (int round = 0; round < 3; ++round)
    for (const auto& other : partners)
      for (const std::int32_t target : other)
        if (first.count(target) != 0) {
          first.insert(other.begin(), other.end());
          break;
        }
  CHECK(first.size() > 20);
  CHECK(first.size() <= 50);  // 150 in three
}

TEST_CASE("blocks move cells as the whole coupling does") {
  const Problem problem = clouds(240, 240, 2, 1, 43);
  const auto moved = [&](const Coupling& coupling) {
    double sum = 0, mass = 0;
    for (const auto& pair : coupling.pairs)
      if (is_joined(pair)) {
        sum += pair.p * (problem.x.row(pair.source) - problem.y.row(pair.target)).norm();
        mass += pair.p;
      }
    return sum / mass;
  };
  const Vector mass = Vector::Constant(240, 1.0 / 240);
  const Coupling whole = am::unbalanced_coupling(problem.x, mass, problem.y, 2 * mass, CouplingOptions{});
  CHECK(moved(in_blocks(problem, 60)) == doctest::Approx(moved(whole)).epsilon(0.1));
}

TEST_CASE("blocks are as many as their pairs ask for, and no more than there are cells") {
  CHECK(am::block_count(200, 150, 60) == 3);
  CHECK(am::block_count(3000, 3000, 3000) == 1);
  CHECK(am::block_count(3001, 3000, 3000) == 2);
  CHECK(am::block_count(200000, 200000, 3000) == 67);
  CHECK(am::block_count(2000000, 20000, 3000) == 67);
  CHECK(am::block_count(100, 3, 2) == 3);
}

TEST_CASE("blocks are the same for any number of threads") {
  const Problem problem = clouds(100, 3, 2, 0.5, 47);
  std::vector<Coupling::Pair> first;
  for (const int threads : {1, 2, 3}) {
    core::set_threads(threads);
    const Coupling coupling =
        am::block_coupling(problem.x.cast<float>(), 1, problem.y.cast<float>(), 1, 2,
                           [](const MatrixView& x, const VectorView& a, const MatrixView& y, const VectorView& b) {
                             return am::balanced_coupling(x, a, y, b, CouplingOptions{});
                           });
    if (first.empty()) first = coupling.pairs;
    REQUIRE(coupling.pairs.size() == first.size());
    for (std::size_t k = 0; k < first.size(); ++k) {
      CHECK(coupling.pairs[k].source == first[k].source);
      CHECK(coupling.pairs[k].target == first[k].target);
      CHECK(coupling.pairs[k].p == first[k].p);
    }
  }
  core::set_threads(1);
}

TEST_CASE("a fit couples in blocks where pairs are more than it walks through, and every cell has a partner") {
  const core::Snapshots snapshots = GaussianCourse{.cells = 300}.sample(51);
  am::FitOptions options;
  options.growth_scale = 3;
  const std::int64_t whole = am::plan_fit(snapshots, options).memory_bytes;
  options.pairs_walked = 20000;
  options.block_cells = 60;
  CHECK(am::plan_fit(snapshots, options).memory_bytes < whole);
  Heard heard;
  const am::FitProblem problem = am::prepare_fit(snapshots, options, heard);
  CHECK(heard.warnings == static_cast<int>(problem.intervals.size()));
  for (const am::Interval& interval : problem.intervals) {
    const auto& pairs = interval.coupling.pairs;
    CHECK(pairs.size() < 6 * 600);
    CHECK(pairs.size() > 600);
    CHECK(std::all_of(pairs.begin(), pairs.end(), is_joined));
  }
  options.coupling_blur = 0;  // not in blocks
  CHECK(am::prepare_fit(snapshots, options, heard).intervals.size() == problem.intervals.size());
  CHECK(heard.warnings == static_cast<int>(problem.intervals.size()));
}
