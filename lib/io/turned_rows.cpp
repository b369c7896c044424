#include "io/turned_rows.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <span>
#include <utility>

#include "core/error.hpp"
#include "io/nameless_file.hpp"
#include "io/sparse_rows.hpp"
#include "io/temporary.hpp"

namespace instar::io {
namespace {

/// An entry on its way from its column to its row.
struct Travelling {
  std::int32_t row;
  std::int32_t column;
  double value;
};
constexpr Index kTravelling = sizeof(Travelling);
constexpr Index kColumnBytes = sizeof(std::int32_t);
constexpr Index kSorted = kColumnBytes + static_cast<Index>(sizeof(double));  // within its row it needs no row
constexpr Index kReadEntries = Index{1} << 20;                                // entries that are read at a time
constexpr Index kSmallestBuffer = 64;                                         // entries
constexpr Index kLargestBuffer = Index{1} << 15;

class MemoryEntries : public Entries {
 public:
  explicit MemoryEntries(Index count)
      : columns(static_cast<std::size_t>(count)), values(static_cast<std::size_t>(count)) {}
  void read(Index begin, Index count, std::int32_t* to_columns, double* to_values) const override {
    std::copy_n(columns.begin() + begin, count, to_columns);
    std::copy_n(values.begin() + begin, count, to_values);
  }
  std::vector<std::int32_t> columns;
  std::vector<double> values;
};

[[noreturn]] void fail_temporary(Index entries) {
  throw DataError({temporary_folder()},
                  "no room for X turned from columns into rows (" +
                      std::to_string(entries * kTravelling / 1000000 + 1) + " MB): " + std::strerror(errno),
                  "set TMPDIR to a larger folder, allow more memory (--memory), or write X as CSR");
}

template <class T>
std::span<std::byte> writable(T* first, Index count) {
  return {reinterpret_cast<std::byte*>(first), static_cast<std::size_t>(count) * sizeof(T)};
}

/// Consecutive rows whose entries are sorted together; their place in the file begins at 16 * first.
struct Band {
  Index first;  ///< entry
  Index count;
};

class FileEntries : public Entries {
 public:
  FileEntries(NamelessFile file, std::vector<Band> bands) : file_(std::move(file)), bands_(std::move(bands)) {}
  void read(Index begin, Index count, std::int32_t* columns, double* values) const override {
    auto band = std::upper_bound(bands_.begin(), bands_.end(), begin,
                                 [](Index entry, const Band& b) { return entry < b.first; }) -
                1;
    while (count > 0) {
      const Index skip = begin - band->first;
      const Index part = std::min(count, band->count - skip);
      const Index start = kTravelling * band->first;
      if (!file_.read(writable(columns, part), start + kColumnBytes * skip) ||
          !file_.read(writable(values, part),
                      start + kColumnBytes * band->count + static_cast<Index>(sizeof(double)) * skip))
        throw DataError({temporary_folder()}, "a temporary file there cannot be read", "set TMPDIR to another folder");
      begin += part, count -= part, columns += part, values += part;
      ++band;
    }
  }

 private:
  NamelessFile file_;
  std::vector<Band> bands_;
};

/// Calls body(row, column, value) for every entry, column by column.
template <class Body>
void for_each_entry(const SparseParts& parts, const Body& body) {
  std::vector<std::int32_t> rows;
  std::vector<double> values;
  const Index nnz = parts.indptr.back();
  Index column = 0;
  for (Index begin = 0; begin < nnz; begin += kReadEntries) {
    const Index count = std::min(kReadEntries, nnz - begin);
    rows.resize(static_cast<std::size_t>(count));
    values.resize(static_cast<std::size_t>(count));
    read_indices(parts, begin, count, rows.data());
    parts.data.slab(begin, count, values.data());
    for (Index k = 0; k < count; ++k) {
      while (parts.indptr[static_cast<std::size_t>(column) + 1] <= begin + k) ++column;
      body(rows[static_cast<std::size_t>(k)], static_cast<std::int32_t>(column), values[static_cast<std::size_t>(k)]);
    }
  }
}

// Where each row begins, its entries counted.
std::vector<std::int64_t> row_starts(const SparseParts& parts) {
  std::vector<std::int64_t> starts(static_cast<std::size_t>(parts.minor) + 1, 0);
  std::vector<std::int32_t> rows;
  const Index nnz = parts.indptr.back();
  for (Index begin = 0; begin < nnz; begin += kReadEntries) {
    rows.resize(static_cast<std::size_t>(std::min(kReadEntries, nnz - begin)));
    read_indices(parts, begin, static_cast<Index>(rows.size()), rows.data());
    for (const std::int32_t row : rows) ++starts[static_cast<std::size_t>(row) + 1];
  }
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  return starts;
}

std::unique_ptr<Entries> turned_in_memory(const SparseParts& parts, const std::vector<std::int64_t>& starts) {
  auto entries = std::make_unique<MemoryEntries>(starts.back());
  std::vector<std::int64_t> fill(starts.begin(), starts.end() - 1);
  for_each_entry(parts, [&](std::int32_t row, std::int32_t column, double value) {
    const auto to = static_cast<std::size_t>(fill[static_cast<std::size_t>(row)]++);
    entries->columns[to] = column;
    entries->values[to] = value;
  });
  return entries;
}

/// Turns through a file: entries are dealt out to bands of rows first, then every band is sorted by itself.
class FileTurner {
 public:
  FileTurner(const SparseParts& parts, const std::vector<std::int64_t>& starts, std::int64_t memory)
      : parts_(parts), starts_(starts) {
    if (!file_.is_open()) fail_temporary(starts.back());
    const Index most = std::max<Index>(1, memory / 2 / (kTravelling + kSorted));
    for (std::size_t row = 0; row + 1 < starts.size(); ++row) {
      if (bands_.empty() || starts[row + 1] - bands_.back().first > most) {
        bands_.push_back({starts[row], 0});
        first_rows_.push_back(static_cast<std::int32_t>(row));
      }
      bands_.back().count = starts[row + 1] - bands_.back().first;
      band_of_row_.push_back(static_cast<std::int32_t>(bands_.size()) - 1);
    }
    buffer_ = std::clamp<Index>(memory / 4 / kTravelling / static_cast<Index>(bands_.size()), kSmallestBuffer,
                                kLargestBuffer);
  }

  std::unique_ptr<Entries> run() {
    deal_out();
    for (std::size_t b = 0; b < bands_.size(); ++b) sort(b);
    return std::make_unique<FileEntries>(std::move(file_), std::move(bands_));
  }

 private:
  void deal_out() {
    std::vector<std::vector<Travelling>> waiting(bands_.size());
    std::vector<Index> written(bands_.size(), 0);
    const auto flush = [&](std::size_t b) {
      const Index at = kTravelling * (bands_[b].first + written[b]);
      if (!file_.write(std::as_bytes(std::span(waiting[b])), at)) fail_temporary(starts_.back());
      written[b] += static_cast<Index>(waiting[b].size());
      waiting[b].clear();
    };
    for (auto& band : waiting) band.reserve(static_cast<std::size_t>(buffer_));
    for_each_entry(parts_, [&](std::int32_t row, std::int32_t column, double value) {
      const auto b = static_cast<std::size_t>(band_of_row_[static_cast<std::size_t>(row)]);
      waiting[b].push_back({row, column, value});
      if (static_cast<Index>(waiting[b].size()) == buffer_) flush(b);
    });
    for (std::size_t b = 0; b < bands_.size(); ++b) flush(b);
  }

  void sort(std::size_t b) {
    const Band& band = bands_[b];
    std::vector<Travelling> all(static_cast<std::size_t>(band.count));
    if (!file_.read(writable(all.data(), band.count), kTravelling * band.first)) fail_temporary(starts_.back());
    MemoryEntries sorted(band.count);
    const auto first = static_cast<std::size_t>(first_rows_[b]);
    const std::size_t last = b + 1 < bands_.size() ? static_cast<std::size_t>(first_rows_[b + 1]) : starts_.size() - 1;
    std::vector<std::int64_t> fill(starts_.begin() + static_cast<std::ptrdiff_t>(first),
                                   starts_.begin() + static_cast<std::ptrdiff_t>(last));
    for (const Travelling& entry : all) {
      const auto to = static_cast<std::size_t>(fill[static_cast<std::size_t>(entry.row) - first]++ - band.first);
      sorted.columns[to] = entry.column;
      sorted.values[to] = entry.value;
    }
    const Index start = kTravelling * band.first;
    if (!file_.write(std::as_bytes(std::span(sorted.columns)), start) ||
        !file_.write(std::as_bytes(std::span(sorted.values)), start + kColumnBytes * band.count))
      fail_temporary(starts_.back());
  }

  const SparseParts& parts_;
  const std::vector<std::int64_t>& starts_;
  NamelessFile file_;
  std::vector<Band> bands_;
  std::vector<std::int32_t> first_rows_;   ///< of each band
  std::vector<std::int32_t> band_of_row_;  ///< [rows]
  Index buffer_ = 0;                       ///< entries that wait for their band's place in the file
};

// Half of what may be held is for the blocks that are read afterwards.
bool fits_in_memory(Index stored, const BlockPlan& plan) { return plan.held == 0 || stored * kSorted <= plan.held / 2; }

}  // namespace

std::int64_t turning_bytes(Index stored, const BlockPlan& plan) {
  return fits_in_memory(stored, plan) ? stored * kSorted : plan.held / 2;
}

std::unique_ptr<core::RowBlocks> turned_rows(const SparseParts& parts, const BlockPlan& plan, const Reading& reading) {
  auto starts = row_starts(parts);
  const Index nnz = starts.back();
  const bool fits = fits_in_memory(nnz, plan);
  if (!fits && reading.reporter != nullptr)
    reading.reporter->warning(parts.data.file() +
                              ": the matrix is stored by columns (CSC) and is turned once, through " +
                              std::to_string(nnz * kTravelling / 1000000 + 1) + " MB in " + temporary_folder() +
                              "; stored by rows (CSR) it would be read as it is");
  auto entries = fits ? turned_in_memory(parts, starts) : FileTurner(parts, starts, plan.held).run();
  return std::make_unique<SparseRows>(std::move(starts), parts.major, std::move(entries), plan);
}

}  // namespace instar::io
