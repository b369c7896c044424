#include "io/row_codec.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

namespace instar::io {
namespace {

/// How the values of some rows are kept.
enum class Values : std::uint8_t { counts, floats, doubles };

// The byte of an entry whose value is 1 is its gap; of one whose value is 2, its gap and kTwo; kLong: gap and value
// follow. Beside numbers that are no counts, every byte below kLong is a gap.
constexpr std::uint32_t kTwo = 192;
constexpr std::uint32_t kLong = 255;
constexpr double kTooLarge = 2147483648.0;  ///< for a count
/// The most bytes of a number in 7-bit groups (32 bits), and of an entry.
constexpr std::size_t kMostOfNumber = 5;
constexpr std::size_t kMostOfEntry = 1 + kMostOfNumber + sizeof(double);

class Writer {
 public:
  explicit Writer(std::size_t size) { grow(size); }
  /// Makes room for as many bytes more.
  void reserve(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) < size) grow(size);
  }
  void byte(std::uint32_t value) { *at_++ = static_cast<std::byte>(value); }
  void number(std::uint32_t value) {
    for (; value >= 128; value >>= 7) byte((value & 127U) | 128U);
    byte(value);
  }
  template <class T>
  void raw(T value) {
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }
  std::vector<std::byte> take() const { return {bytes_.get(), at_}; }

 private:
  void grow(std::size_t size) {
    const auto used = static_cast<std::size_t>(at_ - bytes_.get());
    auto larger = std::make_unique_for_overwrite<std::byte[]>(2 * (used + size));
    if (used > 0) std::memcpy(larger.get(), bytes_.get(), used);
    bytes_ = std::move(larger);
    at_ = bytes_.get() + used;
    end_ = bytes_.get() + 2 * (used + size);
  }

  std::unique_ptr<std::byte[]> bytes_;
  std::byte* at_ = nullptr;
  std::byte* end_ = nullptr;
};

class Reader {
 public:
  explicit Reader(const std::byte* at) : at_(at) {}
  std::uint32_t byte() { return static_cast<std::uint32_t>(*at_++); }
  std::uint32_t number() {
    std::uint32_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint32_t next = byte();
      value |= (next & 127U) << shift;
      if (next < 128) return value;
    }
  }
  template <class T>
  T raw() {
    T value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

 private:
  const std::byte* at_;
};

/// Whether a value is a whole number from 0 that fits 31 bits.
bool is_count(double value) {
  const auto whole = static_cast<std::int32_t>(std::abs(value) < kTooLarge ? value : -1.0);
  return whole >= 0 && static_cast<double>(whole) == value;
}

Values kind_of(const double* values, std::size_t count) {
  if (std::all_of(values, values + count, is_count)) return Values::counts;
  const bool floats = std::all_of(values, values + count,
                                  [](double value) { return value == static_cast<double>(static_cast<float>(value)); });
  return floats ? Values::floats : Values::doubles;
}

void put_counts(Writer& out, const std::int32_t* columns, const double* values, std::size_t count) {
  std::int32_t next = 0;
  for (std::size_t e = 0; e < count; ++e) {
    const auto gap = static_cast<std::uint32_t>(columns[e] - next);
    const auto value = static_cast<std::uint32_t>(values[e]);
    next = columns[e] + 1;
    const std::uint32_t two = value == 2 ? 1 : 0;
    if ((value == 1 || value == 2) && gap < (two != 0 ? kLong - kTwo : kTwo)) {
      out.byte(gap + two * kTwo);
    } else {
      out.byte(kLong);
      out.number(gap);
      out.number(value);
    }
  }
}

template <class Stored>
void put_numbers(Writer& out, const std::int32_t* columns, const double* values, std::size_t count) {
  std::int32_t next = 0;
  for (std::size_t e = 0; e < count; ++e) {
    const auto gap = static_cast<std::uint32_t>(columns[e] - next);
    next = columns[e] + 1;
    out.byte(std::min(gap, kLong));
    if (gap >= kLong) out.number(gap);
    out.raw(static_cast<Stored>(values[e]));
  }
}

/// One row of counts. The entry is written wherever it goes, and stays there if it is wanted: no branch to guess.
template <bool kAll>
std::size_t get_counts(Reader& in, std::size_t count, const char* wanted, std::int32_t* columns, double* values) {
  std::int32_t next = 0;
  std::size_t at = 0;
  for (std::size_t e = 0; e < count; ++e) {
    std::uint32_t gap = in.byte();
    std::uint32_t value = 1;
    if (gap == kLong) {
      gap = in.number();
      value = in.number();
    } else {
      const std::uint32_t two = gap >= kTwo ? 1 : 0;
      gap -= two * kTwo;
      value += two;
    }
    const std::int32_t column = next + static_cast<std::int32_t>(gap);
    next = column + 1;
    columns[at] = column;
    values[at] = static_cast<double>(static_cast<std::int32_t>(value));
    at += kAll ? 1 : static_cast<std::size_t>(wanted[column]);
  }
  return at;
}

template <bool kAll, class Stored>
std::size_t get_numbers(Reader& in, std::size_t count, const char* wanted, std::int32_t* columns, double* values) {
  std::int32_t next = 0;
  std::size_t at = 0;
  for (std::size_t e = 0; e < count; ++e) {
    std::uint32_t gap = in.byte();
    if (gap == kLong) gap = in.number();
    const std::int32_t column = next + static_cast<std::int32_t>(gap);
    next = column + 1;
    columns[at] = column;
    values[at] = static_cast<double>(in.raw<Stored>());
    at += kAll ? 1 : static_cast<std::size_t>(wanted[column]);
  }
  return at;
}

template <bool kAll>
std::size_t get_row(Values kind, Reader& in, std::size_t count, const char* wanted, std::int32_t* columns,
                    double* values) {
  switch (kind) {
    case Values::counts:
      return get_counts<kAll>(in, count, wanted, columns, values);
    case Values::floats:
      return get_numbers<kAll, float>(in, count, wanted, columns, values);
    case Values::doubles:
      break;
  }
  return get_numbers<kAll, double>(in, count, wanted, columns, values);
}

/// What stands before packed rows.
struct Head {
  explicit Head(Reader& in) : kind(static_cast<Values>(in.byte())), rows(in.number()), entries(in.number()) {}
  Values kind;
  std::uint32_t rows;
  std::uint32_t entries;
};

}  // namespace

std::vector<std::byte> pack_rows(const core::RowBlock& block, Index begin, Index end) {
  const auto start = [&](Index row) { return static_cast<std::size_t>(block.indptr[static_cast<std::size_t>(row)]); };
  const std::size_t entries = start(end) - start(begin);
  const Values kind = kind_of(block.values.data() + start(begin), entries);
  Writer out(entries + 64);
  out.byte(static_cast<std::uint32_t>(kind));
  out.number(static_cast<std::uint32_t>(end - begin));
  out.number(static_cast<std::uint32_t>(entries));
  for (Index row = begin; row < end; ++row) {
    const std::int32_t* columns = block.indices.data() + start(row);
    const double* values = block.values.data() + start(row);
    const std::size_t count = start(row + 1) - start(row);
    out.reserve(kMostOfNumber + count * kMostOfEntry);
    out.number(static_cast<std::uint32_t>(count));
    if (kind == Values::counts)
      put_counts(out, columns, values, count);
    else if (kind == Values::floats)
      put_numbers<float>(out, columns, values, count);
    else
      put_numbers<double>(out, columns, values, count);
  }
  return out.take();
}

void unpack_all_rows(std::span<const std::byte> bytes, std::int64_t before, std::int64_t* ends, std::int32_t* columns,
                     double* values) {
  Reader in(bytes.data());
  const Head head(in);
  std::size_t at = 0;
  for (std::uint32_t row = 0; row < head.rows; ++row) {
    const std::size_t count = in.number();
    at += get_row<true>(head.kind, in, count, nullptr, columns + at, values + at);
    ends[row] = before + static_cast<std::int64_t>(at);
  }
}

void unpack_rows(std::span<const std::byte> bytes, const std::vector<char>& wanted, UnpackedRows& out) {
  Reader in(bytes.data());
  const auto [kind, rows, entries] = Head(in);
  out.ends.clear();
  if (out.columns.size() < entries) {
    out.columns.resize(entries);
    out.values.resize(entries);
  }
  std::size_t at = 0;
  for (std::uint32_t row = 0; row < rows; ++row) {
    const std::size_t count = in.number();
    std::int32_t* columns = out.columns.data() + at;
    double* values = out.values.data() + at;
    at += get_row<false>(kind, in, count, wanted.data(), columns, values);
    out.ends.push_back(static_cast<std::int64_t>(at));
  }
}

}  // namespace instar::io
