#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/record.hpp"

namespace instar::core {

/// Takes a record apart, entry by entry. What is missing, or of another type or size, throws DataError with its name.
class RecordReader {
 public:
  /// @param what the record should be, `a checkpoint`; @param writer what writes such records, `instar-fit`
  RecordReader(const Record& record, std::string what, std::string writer)
      : record_(record), what_(std::move(what)), writer_(std::move(writer)) {}

  template <class T>
  const T& fact(const std::string& name) const {
    const auto found = record_.facts.find(name);
    if (found == record_.facts.end() || !std::holds_alternative<T>(found->second)) refuse("entry", name);
    return std::get<T>(found->second);
  }

  /// Numbers of a tensor. @param expected how many; negative: any number
  template <class T>
  const std::vector<T>& numbers(const std::string& name, std::int64_t expected = -1) const {
    const auto found = record_.tensors.find(name);
    if (found == record_.tensors.end() || !std::holds_alternative<std::vector<T>>(found->second.data))
      refuse("array", name);
    const auto& values = std::get<std::vector<T>>(found->second.data);
    const auto count = static_cast<std::int64_t>(values.size());
    if (expected >= 0 && count != expected)
      throw DataError({"", name}, "expected " + std::to_string(expected) + " numbers, found " + std::to_string(count));
    return values;
  }

  bool has_tensor(const std::string& name) const { return record_.tensors.contains(name); }

 private:
  [[noreturn]] void refuse(const std::string& kind, const std::string& name) const {
    throw DataError({"", name}, "expected this " + kind + " in " + what_ + ", found none of its type",
                    "the file was not written by " + writer_ + ", or is damaged");
  }

  const Record& record_;
  std::string what_, writer_;
};

/// A tensor of one dimension.
template <class T>
Tensor tensor_of(const std::vector<T>& values) {
  return {{static_cast<std::int64_t>(values.size())}, values};
}

}  // namespace instar::core
