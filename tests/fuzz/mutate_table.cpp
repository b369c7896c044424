// Mutations that know what tables are made of: cells and lines change places, come twice or go, and cells take odd
// values; the line that says what the columns are stays, most times, so that the rest is read.
#include <array>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/target.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t largest);

namespace {

using Random = std::minstd_rand;

std::size_t below(Random& random, std::size_t bound) { return bound == 0 ? 0 : random() % bound; }

/// Text in pieces, each with what ends it.
std::vector<std::string> pieces(std::string_view text, std::string_view ends) {
  std::vector<std::string> result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find_first_of(ends, begin), text.size() - 1) + 1;
    result.emplace_back(text.substr(begin, end - begin));
    begin = end;
  }
  return result;
}

void change_cell(std::string& line, Random& random) {
  constexpr std::array<std::string_view, 22> kOdd = {"",
                                                     "NA",
                                                     "nan",
                                                     "inf",
                                                     "-inf",
                                                     "-0",
                                                     "1e308",
                                                     "1e999",
                                                     "9223372036854775808",
                                                     "18446744073709551616",
                                                     "0x1p",
                                                     "1.5.2",
                                                     "+1",
                                                     " 1",
                                                     "1 ",
                                                     "D1",
                                                     "1h",
                                                     "\"",
                                                     "previous",
                                                     "floor-sd",
                                                     "uam",
                                                     "-1e-320"};
  auto cells = pieces(line, "\t,");
  if (cells.empty()) return;
  std::string& cell = cells[below(random, cells.size())];
  switch (below(random, 4)) {
    case 0:
      cell = cells[below(random, cells.size())];
      break;
    case 1:
      cell += cell;
      break;
    case 2:
      cell.clear();
      break;
    default: {
      const bool ended = !cell.empty() && std::string_view("\t,\n\f").find(cell.back()) != std::string_view::npos;
      cell = std::string(kOdd[below(random, kOdd.size())]) + (ended ? cell.substr(cell.size() - 1) : "");
    }
  }
  line.clear();
  for (const auto& c : cells) line += c;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t largest,
                                               unsigned seed) {
  Random random(seed);
  auto lines = pieces(instar::fuzz::text(data, size), "\n\f");
  if (lines.size() < 2 || below(random, 4) == 0) return LLVMFuzzerMutate(data, size, largest);
  const std::size_t first = below(random, 8) == 0 ? 0 : 1;
  for (std::size_t rounds = 1 + below(random, 3); rounds > 0; --rounds) {
    const std::size_t at = first + below(random, lines.size() - first);
    switch (below(random, 5)) {
      case 0:
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), lines[below(random, lines.size())]);
        break;
      case 1:
        std::swap(lines[at], lines[first + below(random, lines.size() - first)]);
        break;
      default:
        change_cell(lines[at], random);
    }
  }
  std::string all;
  for (const auto& line : lines) all += line;
  if (all.size() > largest) return LLVMFuzzerMutate(data, size, largest);
  std::memcpy(data, all.data(), all.size());
  return all.size();
}
