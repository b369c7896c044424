#include "math/column_moments_by_group.hpp"

#include <cmath>
#include <doctest/doctest.h>

using namespace instar;
using namespace instar::math;

namespace {

/// [rows, 3]: dense and far from zero, sparse, and one that is not asked for.
Matrix made(Index rows, double offset) {
  Matrix x(rows, 3);
  for (Index i = 0; i < rows; ++i) {
    x(i, 0) = offset + static_cast<double>(i % 7);
    x(i, 1) = i % 5 == 0 ? 3 + static_cast<double>(i % 2) : 0;
    x(i, 2) = 1e6;
  }
  return x;
}

void check_against_definition(const Matrix& x, Index column, const std::vector<Index>& group, Index g, double mean,
                              double sd, double tolerance) {
  double count = 0, sum = 0, squares = 0;
  for (Index i = 0; i < x.rows(); ++i)
    if (group[static_cast<std::size_t>(i)] == g) ++count, sum += x(i, column);
  for (Index i = 0; i < x.rows(); ++i)
    if (group[static_cast<std::size_t>(i)] == g) squares += std::pow(x(i, column) - sum / count, 2);
  CHECK(std::abs(mean - sum / count) <= tolerance);
  CHECK(std::abs(sd - std::sqrt(squares / count)) <= tolerance);
}

}  // namespace

TEST_CASE("moments of columns by group are those of the definition, zeros that are not stored among them") {
  const Matrix x = made(101, 10);
  std::vector<Index> group;
  for (Index i = 0; i < x.rows(); ++i) group.push_back(i % 3 - 1);  // a third of the rows counts nowhere
  core::MemoryRowBlocks blocks(core::sparse_block(x), 16);
  const auto moments = column_moments_by_group(blocks, {1, 0}, group, 2);
  REQUIRE(moments.size() == 2);
  for (Index g = 0; g < 2; ++g)
    for (Index k = 0; k < 2; ++k)
      // A few roundings of numbers up to 17.
      check_against_definition(x, k == 0 ? 1 : 0, group, g, moments[static_cast<std::size_t>(g)].mean(k),
                               moments[static_cast<std::size_t>(g)].sd(k), 1e-14);
}

TEST_CASE("a spread of 2 is found around 1e9, where sums of squares would have lost it") {
  const Matrix x = made(700, 1e9);
  core::MemoryRowBlocks blocks(core::sparse_block(x), 64);
  const auto moments = column_moments_by_group(blocks, {0}, std::vector<Index>(700, 0), 1);
  CHECK(moments[0].sd(0) == doctest::Approx(2).epsilon(1e-6));  // 1e9 * 2^-53 is 1e-7 of the values
  CHECK(moments[0].mean(0) == doctest::Approx(1e9 + 3).epsilon(1e-15));
}

TEST_CASE("a group without rows has no moments") {
  const Matrix x = made(4, 0);
  core::MemoryRowBlocks blocks(core::sparse_block(x));
  CHECK(std::isnan(column_moments_by_group(blocks, {0}, {0, 0, 0, 0}, 2)[1].mean(0)));
}
