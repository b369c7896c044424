// Times and sizes of couplings on points from a text file: one line per cell, `time x1 ... xd`.
//   bench_coupling FILE FROM TO DELTA BLUR [mass=cells|uniform] [threads] [balanced]
//   bench_coupling N M D DELTA BLUR ...   N and M points of eight clusters in D dimensions, variances 1 / (1 + k / 5)
#include "am/coupling.hpp"

#include <cmath>
#include <iostream>

#include "core/rng.hpp"
#include "points.hpp"

namespace {

using namespace instar;

struct Printer : core::Reporter {
  void detail(const std::string& text) override { std::cerr << text << '\n'; }
  void warning(const std::string& text) override { std::cerr << text << '\n'; }
};

Matrix clusters(Index n, Index d, double shift, std::uint64_t seed) {
  core::Rng rng(seed, 78);
  Matrix points(n, d);
  for (Index i = 0; i < n; ++i) {
    const auto cluster = static_cast<double>(rng.below(8));
    for (Index k = 0; k < d; ++k) {
      const auto dim = static_cast<double>(k);
      points(i, k) = (rng.normal() + 2 * std::cos(7 * cluster + 3 * dim) + shift) / std::sqrt(1 + dim / 5);
    }
  }
  return points;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 6) return 2;
  const bool made = bench::is_number(argv[1]);
  const Matrix x = made ? clusters(std::stol(argv[1]), std::stol(argv[3]), 0, 1) : bench::read_points(argv[1], argv[2]);
  const Matrix y =
      made ? clusters(std::stol(argv[2]), std::stol(argv[3]), 0.3, 2) : bench::read_points(argv[1], argv[3]);
  am::CouplingOptions options;
  options.growth_scale = std::stod(argv[4]);
  options.blur = std::stod(argv[5]);
  const bool cells = argc > 6 && std::string(argv[6]) == "cells";
  core::set_threads(argc > 7 ? std::stoi(argv[7]) : 2);
  const bool balanced = argc > 8;
  const double total = cells ? static_cast<double>(y.rows()) / static_cast<double>(x.rows()) : 1.0;
  const Vector a = Vector::Constant(x.rows(), 1.0 / static_cast<double>(x.rows()));
  const Vector b = Vector::Constant(y.rows(), total / static_cast<double>(y.rows()));
  Printer printer;
  const bench::Stopwatch watch;
  const am::Coupling coupling = balanced ? am::balanced_coupling(x, a, y, b, options, printer)
                                         : am::unbalanced_coupling(x, a, y, b, options, printer);
  std::cout << x.rows() << " x " << y.rows() << " blur " << options.blur << " seconds " << watch.seconds() << " MB "
            << bench::peak_megabytes() << " iterations " << coupling.iterations << " gap " << coupling.relative_gap
            << " mean cost " << coupling.mean_cost << " pairs " << coupling.pairs.size() << '\n';
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
