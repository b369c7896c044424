#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/record.hpp"

namespace instar::io {

/// A tree of values that becomes JSON text; members keep the order in which they were set. For the reports of tools:
///
///     Json report = Json::object();
///     report.set("cells", n).set("times", Json::array().push(0.5).push(1.0));
///     std::cout << report.text();
class Json {
 public:
  Json() = default;  ///< null
  // NOLINTBEGIN(google-explicit-constructor): values are given as they are, `set("cells", 12)`
  Json(bool value) : value_(value) {}
  Json(double value) : value_(value) {}  ///< not finite: null
  Json(std::int64_t value) : value_(value) {}
  Json(int value) : value_(std::int64_t{value}) {}
  Json(std::string value) : value_(std::move(value)) {}  ///< what is not UTF-8 in it becomes U+FFFD
  Json(const char* value) : value_(std::string(value)) {}
  // NOLINTEND(google-explicit-constructor)
  static Json array();
  static Json object();
  static Json array(const std::vector<std::string>& values);
  static Json array(const std::vector<double>& values);
  static Json of(const core::Value& value);
  /// One member per fact, names as they are.
  static Json of(const core::Facts& facts);

  Json& set(const std::string& name, Json value);  ///< of an object
  Json& push(Json value);                          ///< of an array

  /// @param indent spaces per level; 0: one line
  std::string text(int indent = 2) const;

 private:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;
  void append(std::string& out, int indent, int level) const;

  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

}  // namespace instar::io
