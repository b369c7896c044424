// Times and certificates of exact W1 and W2 between two clouds of equal weights.
//   bench_transport FILE FROM TO [threads] [w1|w2]   FILE: one line per cell, `time x1 ... xd`
//   bench_transport N M D [threads] [w1|w2]          N and M points of two Gaussians in D dimensions, .3 apart each way
#include "math/transport.hpp"

#include <iostream>

#include "core/rng.hpp"
#include "points.hpp"

namespace {

using namespace instar;

Matrix gaussian(Index n, Index d, double shift, std::uint64_t seed) {
  core::Rng rng(seed, 77);
  Matrix points(n, d);
  for (double& value : points.reshaped()) value = shift + rng.normal();
  return points;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) return 2;
  const bool made = bench::is_number(argv[1]);
  const Matrix a = made ? gaussian(std::stol(argv[1]), std::stol(argv[3]), 0, 1) : bench::read_points(argv[1], argv[2]);
  const Matrix b =
      made ? gaussian(std::stol(argv[2]), std::stol(argv[3]), 0.3, 2) : bench::read_points(argv[1], argv[3]);
  core::set_threads(argc > 4 ? std::stoi(argv[4]) : 1);
  const std::string which = argc > 5 ? argv[5] : "w1";
  const bench::Stopwatch watch;
  const math::ExactTransport found =
      math::exact_transport(a, Vector::Ones(a.rows()), b, Vector::Ones(b.rows()),
                            which == "w1" ? math::GroundCost::euclidean : math::GroundCost::squared_euclidean);
  std::cout << a.rows() << " x " << b.rows() << " in " << a.cols() << "-d, " << which << ": cost "
            << std::setprecision(12) << found.cost << std::setprecision(4) << " gap " << found.relative_gap()
            << " pivots " << found.pivots << " pricings " << found.pricings << " seconds " << watch.seconds() << " cpu "
            << watch.cpu_seconds() << " MB " << bench::peak_megabytes() << '\n';
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
