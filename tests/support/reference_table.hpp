#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace instar::test {

/// Rows of numbers of a recorded table (tests/reference/NAME), without its header.
inline std::vector<std::vector<double>> reference_table(const std::string& name) {
  std::ifstream file(std::string(INSTAR_TEST_SOURCE_DIR) + "/reference/" + name);
  if (!file) throw std::runtime_error("cannot open tests/reference/" + name);
  std::vector<std::vector<double>> rows;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string field;
    rows.emplace_back();
    while (std::getline(fields, field, '\t')) rows.back().push_back(std::stod(field));
  }
  return rows;
}

}  // namespace instar::test
