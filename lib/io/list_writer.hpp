#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "io/h5.hpp"

namespace instar::io {

/// Packs whole chunks by several threads and writes them, from chunk `first` on. The dataset must have its length.
/// @param bytes of `chunk_bytes` each; the last may be shorter: it is stored whole, its end empty
void write_packed(const h5::Node& dataset, Index first, std::span<const std::byte> bytes, std::size_t chunk_bytes,
                  std::size_t element, const h5::Packing& packing = {});

/// Writes a list of plain numbers, or a matrix row by row, front to back in chunks, which several threads compress.
/// Holds a few megabytes, or 16 rows where these are large. The file has the same bytes for any number of threads.
class ListWriter {
 public:
  /// @param stored numpy name of the type of T
  template <class T>
  static ListWriter of(const h5::Node& parent, const std::string& name, const std::string& stored,
                       const h5::Packing& packing = {}) {
    return ListWriter(parent, name, stored, sizeof(T), std::nullopt, packing);
  }
  /// Rows of `cols` numbers each.
  template <class T>
  static ListWriter of_rows(const h5::Node& parent, const std::string& name, const std::string& stored, Index cols) {
    return ListWriter(parent, name, stored, sizeof(T), cols, {});
  }
  /// A list of elements as those of `like`, which are given as they are stored.
  static ListWriter like(const h5::Node& parent, const std::string& name, const h5::Node& like);

  template <class T>
  void append(const std::vector<T>& values) {
    static_assert(std::is_trivially_copyable_v<T>);
    append(std::as_bytes(std::span(values)));
  }
  void append(std::span<const std::byte> bytes);
  /// Writes what is left. Nothing may be appended afterwards.
  void finish();

  const h5::Node& dataset() const { return list_; }

 private:
  ListWriter(const h5::Node& parent, const std::string& name, const std::string& stored, std::size_t element,
             std::optional<Index> cols, const h5::Packing& packing);
  ListWriter(h5::Node list, std::size_t element, std::size_t entry, const h5::Packing& packing);

  h5::Node list_;
  h5::Packing packing_;
  std::size_t element_;  ///< bytes of a number
  std::size_t entry_;    ///< bytes of an entry of the first axis: a number, or a row of them
  std::size_t chunk_bytes_;
  Index chunks_ = 0;                ///< written
  Index length_ = 0;                ///< entries appended
  std::vector<std::byte> pending_;  ///< appended, not yet written
};

}  // namespace instar::io
