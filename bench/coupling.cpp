// Times and sizes of couplings on points from a text file: one line per cell, `time x1 ... xd`.
//   bench_coupling FILE FROM TO DELTA BLUR [mass=cells|uniform] [threads] [balanced]
#include "am/coupling.hpp"

#include <iostream>

#include "points.hpp"

namespace {

using namespace instar;

struct Printer : core::Reporter {
  void detail(const std::string& text) override { std::cerr << text << '\n'; }
  void warning(const std::string& text) override { std::cerr << text << '\n'; }
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 6) return 2;
  const Matrix x = bench::read_points(argv[1], argv[2]), y = bench::read_points(argv[1], argv[3]);
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
