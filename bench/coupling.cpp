// Times and sizes of couplings on points from a text file: one line per cell, `time x1 ... xd`.
//   bench_coupling FILE FROM TO DELTA BLUR [mass=cells|uniform] [threads] [balanced]
#include "am/coupling.hpp"

#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "core/parallel.hpp"

namespace {

using namespace instar;

Matrix read_points(const std::string& path, double time) {
  std::ifstream in(path);
  std::vector<double> values;
  Index rows = 0;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    double value = 0;
    fields >> value;
    if (value != time) continue;
    while (fields >> value) values.push_back(value);
    ++rows;
  }
  return Eigen::Map<Matrix>(values.data(), rows, rows == 0 ? 0 : static_cast<Index>(values.size()) / rows);
}

struct Printer : core::Reporter {
  void detail(const std::string& text) override { std::cerr << text << '\n'; }
  void warning(const std::string& text) override { std::cerr << text << '\n'; }
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 6) return 2;
  const Matrix x = read_points(argv[1], std::stod(argv[2])), y = read_points(argv[1], std::stod(argv[3]));
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
  const auto start = std::chrono::steady_clock::now();
  const am::Coupling coupling = balanced ? am::balanced_coupling(x, a, y, b, options, printer)
                                         : am::unbalanced_coupling(x, a, y, b, options, printer);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cout << x.rows() << " x " << y.rows() << " blur " << options.blur << " seconds " << seconds.count()
            << " iterations " << coupling.iterations << " gap " << coupling.relative_gap << " mean cost "
            << coupling.mean_cost << " pairs " << coupling.pairs.size() << '\n';
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
