#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "io/h5.hpp"

namespace instar::io {

/// Writes a list of plain numbers front to back in shuffled and deflated chunks, which several threads compress. Holds
/// a few megabytes. The file has the same bytes for any number of threads.
class ListWriter {
 public:
  /// @param stored numpy name of the type of T
  template <class T>
  static ListWriter of(const h5::Node& parent, const std::string& name, const std::string& stored) {
    return ListWriter(parent, name, stored, sizeof(T));
  }
  template <class T>
  void append(const std::vector<T>& values) {
    append(reinterpret_cast<const std::byte*>(values.data()), values.size() * sizeof(T));
  }
  /// Writes what is left. Nothing may be appended afterwards.
  void finish();

 private:
  ListWriter(const h5::Node& parent, const std::string& name, const std::string& stored, std::size_t element);
  void append(const std::byte* data, std::size_t size);
  void write_pending();

  h5::Node list_;
  std::size_t element_;
  Index chunks_ = 0;                ///< written
  Index length_ = 0;                ///< elements appended
  std::vector<std::byte> pending_;  ///< appended, not yet written
};

}  // namespace instar::io
