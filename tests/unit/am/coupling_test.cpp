#include "am/coupling.hpp"

#include <algorithm>
#include <cmath>
#include <doctest/doctest.h>
#include <limits>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "unit/am/coupling_problems.hpp"

using namespace instar;
using namespace instar::am;
using namespace instar::test;

TEST_CASE("masses add up at both ends") {
  const Problem problem = clouds(40, 57, 3, 0.5, 1);
  for (double blur : {0.2, 0.05, 0.01})
    for (double delta : {0.3, 1.0, 5.0}) {
      CouplingOptions options;
      options.blur = blur;
      options.growth_scale = delta;
      check_masses(unbalanced_coupling(problem.x, problem.a, problem.y, problem.b, options), problem);
    }
}

TEST_CASE("the blurred coupling is the one that plain updates in double settle on") {
  const Problem problem = clouds(12, 15, 2, 0.7, 2);
  for (double delta : {0.6, 2.0})
    for (double blur : {0.3, 0.03}) {
      const Coupling coupling = solve(problem, with(delta, blur, 1e-9));
      const Dense found = dense(coupling, 12, 15);
      const Dense expected =
          semi_couplings(reference_plan(cone_costs(problem, delta), problem, coupling.blur), problem);
      // A gap of 1e-9 leaves 3e-5 in gamma (the gap is quadratic), single precision 1e-6 / blur.
      CHECK((found.p - expected.p).cwiseAbs().maxCoeff() < 1e-4 * problem.a.maxCoeff());
      CHECK((found.q - expected.q).cwiseAbs().maxCoeff() < 1e-4 * problem.b.maxCoeff());
    }
}

TEST_CASE("looking from the other side gives the same pairs") {
  const Problem problem = clouds(30, 20, 2, 0.5, 4);
  const Coupling there = solve(problem, with(1.5, 0.05, 1e-9));
  const Coupling back = solve({problem.y, problem.x, problem.b, problem.a}, with(1.5, 0.05, 1e-9));
  const Dense forward = dense(there, 30, 20), backward = dense(back, 20, 30);
  CHECK((forward.p - backward.q.transpose()).cwiseAbs().maxCoeff() < 1e-4 * problem.a.maxCoeff());
  CHECK((forward.q - backward.p.transpose()).cwiseAbs().maxCoeff() < 1e-4 * problem.b.maxCoeff());
}

TEST_CASE("a common factor on all masses changes nothing but the masses") {
  const Problem problem = clouds(30, 20, 2, 0.5, 5);
  const Dense one = dense(solve(problem, with(1.5, 0.05)), 30, 20);
  const Dense ten = dense(solve({problem.x, problem.y, 10 * problem.a, 10 * problem.b}, with(1.5, 0.05)), 30, 20);
  CHECK((10 * one.p - ten.p).cwiseAbs().maxCoeff() < 1e-5 * ten.p.maxCoeff());
  CHECK((10 * one.q - ten.q).cwiseAbs().maxCoeff() < 1e-5 * ten.q.maxCoeff());
}

TEST_CASE("a thinned plan keeps masses and growth, and its pairs stand for the whole plan") {
  const Problem problem = clouds(300, 250, 3, 0.5, 6);
  CouplingOptions few = with(2, 0.2), all = few;
  few.partners = 12;
  all.partners = 1000;
  const Coupling thinned = solve(problem, few), whole = solve(problem, all);
  CHECK(whole.pairs.size() > 60000);
  CHECK(thinned.pairs.size() <= 12 * 550);
  check_masses(thinned, problem);
  const Dense p = dense(whole, 300, 250);
  double moved_thinned = 0, moved_whole = 0;
  for (const auto& pair : thinned.pairs) {
    REQUIRE(pair.source >= 0);
    REQUIRE(pair.target >= 0);
    // Growth of a pair is a property of its two cells in the plan; raking leaves 1e-6 of it.
    CHECK(pair.q / pair.p ==
          doctest::Approx(p.q(pair.source, pair.target) / p.p(pair.source, pair.target)).epsilon(1e-4));
    moved_thinned += pair.p * (problem.x.row(pair.source) - problem.y.row(pair.target)).norm();
  }
  for (const auto& pair : whole.pairs)
    moved_whole += pair.p * (problem.x.row(pair.source) - problem.y.row(pair.target)).norm();
  // 6,600 of 75,000 pairs: the mean distance moved is within 1 % (its standard error, .5 of a distance / sqrt(6600)).
  CHECK(moved_thinned == doctest::Approx(moved_whole).epsilon(0.01));
}

TEST_CASE("the same bytes for any number of threads") {
  const Problem problem = clouds(200, 150, 3, 0.5, 7);
  CouplingOptions options = with(2, 0.05);
  options.partners = 10;
  core::set_threads(1);
  const Coupling one = solve(problem, options);
  for (int count : {2, 3, 8}) {
    core::set_threads(count);
    const Coupling other = solve(problem, options);
    REQUIRE(other.pairs.size() == one.pairs.size());
    CHECK(std::equal(one.pairs.begin(), one.pairs.end(), other.pairs.begin(), [](const auto& s, const auto& t) {
      return s.source == t.source && s.target == t.target && s.p == t.p && s.q == t.q;
    }));
  }
  core::set_threads(2);
}

TEST_CASE("clusters out of reach of each other fade and appear") {
  Problem problem = clouds(30, 40, 2, 0, 8);
  problem.x.bottomRows(10).array() += 100;  // nothing near them on the other side
  problem.y.bottomRows(15).array() -= 100;
  const Coupling coupling = solve(problem, with(2, 0.05));
  check_masses(coupling, problem);
  Index fading = 0, appearing = 0;
  for (const auto& pair : coupling.pairs) {
    if (pair.target == Coupling::kNone) {
      CHECK(pair.source >= 20);
      ++fading;
    } else if (pair.source == Coupling::kNone) {
      CHECK(pair.target >= 25);
      ++appearing;
    } else {
      CHECK(pair.source < 20);
      CHECK(pair.target < 25);
    }
  }
  CHECK(fading == 10);
  CHECK(appearing == 15);
  CHECK(std::is_sorted(coupling.pairs.begin(), coupling.pairs.end(), [](const auto& s, const auto& t) {
    const auto key = [](std::int32_t cell) { return static_cast<std::uint32_t>(cell); };  // kNone is last
    return std::pair(key(s.source), key(s.target)) < std::pair(key(t.source), key(t.target));
  }));
  problem.x.array() += 1000;
  CHECK(solve(problem, with(2, 0.05)).pairs.size() == 70);
}

TEST_CASE("groups that see each other only through far cells still converge") {
  Problem problem = clouds(60, 60, 2, 0, 9);
  problem.x.bottomRows(30).array() += 40;
  problem.y.bottomRows(40).array() += 40.5;
  problem.x.row(0).setConstant(20);  // the only bridges
  problem.y.row(0).setConstant(21);
  for (double delta : {2.0, 12.0}) {
    const Coupling coupling = solve(problem, with(delta, 0.01));
    CHECK(coupling.relative_gap <= 1e-3);
    check_masses(coupling, problem);
  }
}

TEST_CASE("a single cell on one side") {
  const Problem one = clouds(1, 1, 2, 0.1, 10);
  const Coupling pair = solve(one, with(3, 0.05));
  REQUIRE(pair.pairs.size() == 1);
  CHECK(pair.pairs[0].p == one.a[0]);
  CHECK(pair.pairs[0].q == one.b[0]);
  check_masses(solve(clouds(1, 9, 2, 0.1, 11), with(3, 0.05)), clouds(1, 9, 2, 0.1, 11));
  check_masses(solve(clouds(9, 1, 2, 0.1, 12), with(3, 0.05)), clouds(9, 1, 2, 0.1, 12));
  Problem same = clouds(5, 5, 2, 0, 13);  // all cells in one place
  same.x.setZero(), same.y.setZero();
  check_masses(solve(same, with(1, 0.05)), same);
}

TEST_CASE("an infinite growth scale is the balanced coupling") {
  const Problem problem = clouds(25, 30, 2, 0.5, 14);
  const double infinity = std::numeric_limits<double>::infinity();
  const Coupling limit = solve(problem, with(infinity, 0.05));
  const Coupling balanced = balanced_coupling(problem.x, problem.a, problem.y, problem.b, with(1, 0.05));
  REQUIRE(limit.pairs.size() == balanced.pairs.size());
  check_masses(limit, problem);
  for (const auto& pair : limit.pairs) CHECK(pair.q / pair.p == doctest::Approx(1.7).epsilon(0.2));
}

TEST_CASE("the balanced coupling holds its marginals, blurred or exact") {
  const Problem problem = clouds(25, 30, 2, 0.5, 15);
  for (double blur : {0.0, 0.02, 0.2}) {
    const Coupling coupling = balanced_coupling(problem.x, problem.a, problem.y, problem.b, with(1, blur));
    check_masses(coupling, problem, 1e-12);
    CHECK(coupling.relative_gap <= 1e-3);
    const double growth = problem.b.sum() / problem.a.sum();
    double off = 0;
    for (const auto& pair : coupling.pairs) off += std::abs(pair.q - growth * pair.p);
    CHECK(off <= 3e-3 * problem.b.sum());  // p and q are one plan, up to the marginal error
  }
}

TEST_CASE("what cannot be solved is refused") {
  const Problem problem = clouds(30, 30, 2, 0.5, 16);
  CouplingOptions impatient = with(2, 0.01);
  impatient.max_iterations = 2;
  CHECK_THROWS_AS(solve(problem, impatient), NumericError);
  CHECK_THROWS_AS(solve(problem, with(0, 0.05)), UsageError);
  CHECK_THROWS_AS(solve(problem, with(1, -1)), UsageError);
  Problem broken = problem;
  broken.x(0, 0) = std::nan("");
  CHECK_THROWS_AS(solve(broken, with(1, 0.05)), DataError);
  broken = problem;
  broken.a[3] = 0;
  CHECK_THROWS_AS(solve(broken, with(1, 0.05)), DataError);
}

TEST_CASE("what does not fit at once is solved on sampled pairs, and said so") {
  struct Listener : core::Reporter {
    int warnings = 0;
    void warning(const std::string&) override { ++warnings; }
  } listener;
  const Problem problem = clouds(200, 150, 2, 0.5, 23);
  const auto moved = [&](const Coupling& coupling) {
    double sum = 0;
    for (const auto& pair : coupling.pairs)
      if (pair.source != Coupling::kNone && pair.target != Coupling::kNone)
        sum += pair.p * (problem.x.row(pair.source) - problem.y.row(pair.target)).norm();
    return sum;
  };
  for (double blur : {0.0, 0.05}) {
    CouplingOptions options = with(2, blur), whole = options;
    options.pairs_at_once = 4000;
    options.partners = 16;
    for (const auto couple : {unbalanced_coupling, balanced_coupling}) {
      const Coupling coupling = couple(problem.x, problem.a, problem.y, problem.b, options, listener);
      check_masses(coupling, problem, 1e-12);
      CHECK(coupling.relative_gap > 0);
      CHECK(coupling.relative_gap < 0.2);
      CHECK(coupling.pairs.size() <= 16 * 350 * 2);
      const Coupling dense = couple(problem.x, problem.a, problem.y, problem.b, whole, core::silent());
      CHECK(moved(coupling) == doctest::Approx(moved(dense)).epsilon(0.05));
    }
  }
  CHECK(listener.warnings == 4);
}

TEST_CASE("of a blurred plan that many pairs are kept as were asked for, and how many matter is told") {
  const Problem problem = clouds(120, 100, 2, 0.5, 29);
  CouplingOptions options = with(2, 0.5);
  options.partners = 4;
  const Coupling few = unbalanced_coupling(problem.x, problem.a, problem.y, problem.b, options);
  options.partners = 120 * 100;
  const Coupling all = unbalanced_coupling(problem.x, problem.a, problem.y, problem.b, options);
  CHECK(few.relevant == all.relevant);
  CHECK(few.relevant > 120 * 50);
  CHECK(static_cast<Index>(few.pairs.size()) < 8 * 220);
  const auto joined = std::count_if(all.pairs.begin(), all.pairs.end(), [](const Coupling::Pair& pair) {
    return pair.source != Coupling::kNone && pair.target != Coupling::kNone;
  });
  CHECK(joined == all.relevant);
  check_masses(few, problem, 1e-12);
  check_masses(all, problem, 1e-12);
}

TEST_CASE("of a plan that is thinned to few pairs every cell keeps one") {
  const Problem problem = clouds(200, 200, 2, 0.5, 31);
  CouplingOptions options = with(5, 0.5);
  options.partners = 1;
  for (const auto couple : {unbalanced_coupling, balanced_coupling}) {
    const Coupling few = couple(problem.x, problem.a, problem.y, problem.b, options, core::silent());
    CHECK(few.relevant > 50 * static_cast<Index>(few.pairs.size()));
    CHECK(std::all_of(few.pairs.begin(), few.pairs.end(), [](const Coupling::Pair& pair) {
      return pair.source != Coupling::kNone && pair.target != Coupling::kNone;
    }));
    CHECK(std::is_sorted(few.pairs.begin(), few.pairs.end(), [](const auto& one, const auto& other) {
      return std::pair(one.source, one.target) < std::pair(other.source, other.target);
    }));
    check_masses(few, problem, 1e-12);
  }
}

TEST_CASE("couplings without blur are refused where they would not end") {
  const Matrix x = Matrix::Zero(100000, 1);
  const Vector mass = Vector::Ones(100000);
  CouplingOptions options;
  options.blur = 0;
  CHECK_THROWS_WITH_AS(unbalanced_coupling(x, mass, x, mass, options), doctest::Contains("leave it out"), UsageError);
}
