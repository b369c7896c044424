#include "io/reading.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"

namespace instar::io {
namespace {

// What there is without any block: the program, the library's caches, chunks on their way to a file.
constexpr std::int64_t kBase = std::int64_t{64} << 20;
// Positions, names, totals and choices of a cell.
constexpr std::int64_t kPerRow = 96;
constexpr Index kFewestEntries = Index{1} << 15;

std::string megabytes(std::int64_t bytes) {
  constexpr std::int64_t kMega = 1000000;
  return bytes < kMega ? std::to_string(bytes) + " bytes" : std::to_string((bytes + kMega - 1) / kMega) + " MB";
}

}  // namespace

BlockPlan plan_blocks(const Reading& reading, const std::string& matrix, Index rows, Index stored,
                      Index bytes_per_entry, std::int64_t cache) {
  BlockPlan plan;
  const std::int64_t fixed = kBase + kPerRow * rows + reading.beside + cache;
  if (reading.memory > 0) {
    const std::int64_t least = fixed + kFewestEntries * bytes_per_entry;
    if (reading.asked && reading.memory < least)
      throw UsageError("--memory: expected at least " + megabytes(least) + " for " + matrix + " with " +
                       std::to_string(rows) + " rows, found " + megabytes(reading.memory));
    plan.held = std::max(reading.memory, least) - fixed;
    plan.entries = std::min(plan.entries, plan.held / bytes_per_entry);
  }
  const Index largest = std::min(plan.entries, stored);
  plan.bytes = fixed + largest * bytes_per_entry;
  if (reading.reporter != nullptr)
    reading.reporter->detail(matrix + " is read in blocks of up to " + std::to_string(largest) + " values: about " +
                             megabytes(plan.bytes) +
                             (reading.memory > 0 ? " of the " + megabytes(reading.memory) + " that may be used" : ""));
  return plan;
}

}  // namespace instar::io
