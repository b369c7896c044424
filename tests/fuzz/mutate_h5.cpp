// Mutations that know what HDF5 files are made of: shapes, addresses, attributes and structures are changed as such, so
// that most files still open and the readers get to see them.
#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <string_view>
#include <vector>

#include "fuzz/checksums.hpp"
#include "fuzz/target.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t largest);

namespace {

using Random = std::minstd_rand;

std::size_t below(Random& random, std::size_t bound) { return bound == 0 ? 0 : random() % bound; }

std::uint64_t word(const std::uint8_t* at) {
  std::uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

void put(std::uint8_t* at, std::uint64_t value) { std::memcpy(at, &value, sizeof value); }

std::uint64_t odd_number(Random& random, std::uint64_t old) {
  const std::array<std::uint64_t, 16> choices = {0,          1,     old - 1,   old + 1,    2 * old,    old / 2,
                                                 255,        65535, 65536,     1ULL << 31, 1ULL << 32, 1ULL << 40,
                                                 1ULL << 62, ~0ULL, ~0ULL - 7, 8};
  return choices[below(random, choices.size())];
}

/// Places where a test holds, of every eighth (or every) byte.
template <class Test>
std::vector<std::size_t> places(std::size_t size, std::size_t step, std::size_t room, const Test& test) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i + room <= size; i += step)
    if (test(i)) found.push_back(i);
  return found;
}

/// A dataspace message: version 1 or 2, a rank of 1 to 3, then the dimensions.
bool change_shape(std::uint8_t* data, std::size_t size, Random& random) {
  const auto found = places(size, 1, 16, [&](std::size_t i) {
    const bool first =
        data[i] == 1 && data[i + 1] >= 1 && data[i + 1] <= 3 && data[i + 2] <= 1 && word(data + i) >> 24 == 0;
    const bool second = data[i] == 2 && data[i + 1] >= 1 && data[i + 1] <= 3 && data[i + 2] <= 1 && data[i + 3] == 1;
    return first || second;
  });
  if (found.empty()) return false;
  const std::size_t at = found[below(random, found.size())];
  const std::size_t dims = at + (data[at] == 1 ? 8 : 4) + 8 * below(random, data[at + 1]);
  if (dims + 8 > size) return false;
  put(data + dims, odd_number(random, word(data + dims)));
  return true;
}

/// Words that look like addresses of this file: one takes the value of another, so that links cross and circle.
bool exchange_addresses(std::uint8_t* data, std::size_t size, Random& random) {
  const auto found = places(size, 8, 8, [&](std::size_t i) {
    const std::uint64_t value = word(data + i);
    return value >= 48 && value < size && value % 8 == 0;
  });
  if (found.size() < 2) return false;
  const std::size_t to = found[below(random, found.size())];
  put(data + to,
      below(random, 4) == 0 ? odd_number(random, word(data + to)) : word(data + found[below(random, found.size())]));
  return true;
}

/// A byte or a word in the first 64 of a structure.
bool change_structure(std::uint8_t* data, std::size_t size, Random& random) {
  constexpr std::array<std::string_view, 10> kSignatures = {"TREE", "HEAP", "SNOD", "GCOL", "OHDR",
                                                            "FRHP", "FHDB", "BTHD", "BTLF", "OCHK"};
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  std::vector<std::size_t> found;
  for (const auto signature : kSignatures)
    for (std::size_t at = all.find(signature); at != std::string_view::npos; at = all.find(signature, at + 1))
      found.push_back(at);
  if (found.empty()) return false;
  const std::size_t at = found[below(random, found.size())] + 4 + below(random, 60);
  if (at + 8 > size) return false;
  if (below(random, 2) == 0)
    data[at] = static_cast<std::uint8_t>(random());
  else
    put(data + at, odd_number(random, word(data + at)));
  return true;
}

/// A byte, a short number or a word of a structure with a checksum, which is put right.
bool change_checked(std::uint8_t* data, std::size_t size, Random& random) {
  using namespace instar::fuzz;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  std::vector<std::size_t> found;
  const auto signature = kCheckedSignatures[below(random, kCheckedSignatures.size())];
  for (std::size_t at = all.find(signature); at != std::string_view::npos; at = all.find(signature, at + 1))
    found.push_back(at);
  if (found.empty()) return false;
  const auto checked = checked_at(data, size, found[below(random, found.size())]);
  if (!checked) return false;
  for (std::size_t edits = 1 + below(random, 2); edits > 0; --edits) {
    // Numbers are at the beginning, then come records and objects.
    const std::size_t body = std::min<std::size_t>(checked->size, below(random, 2) == 0 ? 40 : checked->size) - 4;
    std::uint8_t* at = data + checked->begin + 4 + below(random, body);
    const auto room = static_cast<std::size_t>(data + checked->begin + checked->size - at);
    const std::size_t kind = below(random, 3);
    if (kind == 0 && room >= 8)
      put(at, odd_number(random, word(at)));
    else if (kind == 1 && room >= 2)
      std::memcpy(at, std::array<std::uint16_t, 1>{static_cast<std::uint16_t>(odd_number(random, *at))}.data(), 2);
    else
      *at = below(random, 2) == 0 ? static_cast<std::uint8_t>(random()) : static_cast<std::uint8_t>(*at + 1);
  }
  checked->repair(data);
  return true;
}

/// Names and encodings: one word of anndata takes the place of another of at most its length.
bool exchange_names(std::uint8_t* data, std::size_t size, Random& random) {
  constexpr std::array<std::string_view, 26> kWords = {"csr_matrix",
                                                       "csc_matrix",
                                                       "dataframe",
                                                       "categorical",
                                                       "array",
                                                       "string-array",
                                                       "nullable-integer",
                                                       "nullable-boolean",
                                                       "nullable-string-array",
                                                       "dict",
                                                       "anndata",
                                                       "raw",
                                                       "null",
                                                       "shape",
                                                       "encoding-type",
                                                       "column-order",
                                                       "_index",
                                                       "codes",
                                                       "categories",
                                                       "values",
                                                       "mask",
                                                       "indices",
                                                       "indptr",
                                                       "data",
                                                       "ordered",
                                                       "h5sparse_format"};
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const auto old = kWords[below(random, kWords.size())];
  std::vector<std::size_t> found;
  for (std::size_t at = all.find(old); at != std::string_view::npos; at = all.find(old, at + 1)) found.push_back(at);
  const auto now = kWords[below(random, kWords.size())];
  if (found.empty() || now.size() > old.size()) return false;
  std::uint8_t* at = data + found[below(random, found.size())];
  std::memset(at, 0, old.size());
  std::memcpy(at, now.data(), now.size());
  return true;
}

/// Type and size of a message of an object header: a type of text for one of numbers, a longer attribute.
bool change_message(std::uint8_t* data, std::size_t size, Random& random) {
  const auto found = places(size, 8, 16, [&](std::size_t i) {
    return data[i] >= 1 && data[i] <= 0x16 && data[i + 1] == 0 && data[i + 3] == 0 && data[i + 2] % 8 == 0 &&
           data[i + 2] > 0 && data[i + 5] == 0 && data[i + 6] == 0 && data[i + 7] == 0;
  });
  if (found.empty()) return false;
  const std::size_t at = found[below(random, found.size())];
  const std::size_t which =
      below(random, 3) == 0 ? below(random, 5) : 8 + below(random, std::min<std::size_t>(data[at + 2], size - at - 8));
  data[std::min(at + which, size - 1)] =
      below(random, 2) == 0 ? static_cast<std::uint8_t>(random()) : static_cast<std::uint8_t>(1U << below(random, 8));
  return true;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t largest,
                                               unsigned seed) {
  Random random(seed);
  constexpr std::array kMutations = {change_shape,   exchange_addresses, change_structure, exchange_names,
                                     change_message, change_checked,     change_checked};
  bool changed = false;
  const std::size_t rounds = 1 + below(random, 3);
  for (std::size_t i = 0; i < rounds; ++i) {
    const std::size_t which = below(random, kMutations.size() + 1);
    if (which < kMutations.size())
      changed = kMutations[which](data, size, random) || changed;
    else if (size > 512)  // never the superblock; in place
      changed = LLVMFuzzerMutate(data + 96, size - 96, size - 96) == size - 96 || changed;
  }
  return changed ? size : LLVMFuzzerMutate(data, size, largest);
}
