#include "io/json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/time_label.hpp"

namespace instar::io {
namespace {

// nlohmann escapes and replaces what is not UTF-8; names of cells come from files and may be anything.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string number(double value) { return std::isfinite(value) ? core::format_number(value) : "null"; }

void new_line(std::string& out, int indent, int level) {
  if (indent == 0) return;
  out += '\n';
  out.append(static_cast<std::size_t>(indent) * static_cast<std::size_t>(level), ' ');
}

}  // namespace

Json Json::array() {
  Json result;
  result.value_ = Array{};
  return result;
}

Json Json::object() {
  Json result;
  result.value_ = Object{};
  return result;
}

Json Json::array(const std::vector<std::string>& values) {
  Json result = array();
  for (const auto& value : values) result.push(value);
  return result;
}

Json Json::array(const std::vector<double>& values) {
  Json result = array();
  for (double value : values) result.push(value);
  return result;
}

Json Json::of(const core::Value& value) {
  return std::visit(
      [](const auto& v) -> Json {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::vector<double>> || std::is_same_v<T, std::vector<std::string>>)
          return array(v);
        else
          return Json(v);
      },
      value);
}

Json Json::of(const core::Facts& facts) {
  Json result = object();
  for (const auto& [name, value] : facts) result.set(name, of(value));
  return result;
}

Json& Json::set(const std::string& name, Json value) {
  auto& members = std::get<Object>(value_);
  for (auto& member : members) {
    if (member.first != name) continue;
    member.second = std::move(value);
    return *this;
  }
  members.emplace_back(name, std::move(value));
  return *this;
}

Json& Json::push(Json value) {
  std::get<Array>(value_).push_back(std::move(value));
  return *this;
}

void Json::append(std::string& out, int indent, int level) const {
  if (const auto* flag = std::get_if<bool>(&value_)) {
    out += *flag ? "true" : "false";
  } else if (const auto* whole = std::get_if<std::int64_t>(&value_)) {
    out += std::to_string(*whole);
  } else if (const auto* real = std::get_if<double>(&value_)) {
    out += number(*real);
  } else if (const auto* text = std::get_if<std::string>(&value_)) {
    out += quoted(*text);
  } else if (const auto* items = std::get_if<Array>(&value_)) {
    out += '[';
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (i > 0) out += indent == 0 ? "," : ", ";
      (*items)[i].append(out, 0, 0);  // lists stay on one line
    }
    out += ']';
  } else if (const auto* members = std::get_if<Object>(&value_)) {
    out += '{';
    for (std::size_t i = 0; i < members->size(); ++i) {
      if (i > 0) out += ',';
      new_line(out, indent, level + 1);
      out += quoted((*members)[i].first) + (indent == 0 ? ":" : ": ");
      (*members)[i].second.append(out, indent, level + 1);
    }
    if (!members->empty()) new_line(out, indent, level);
    out += '}';
  } else {
    out += "null";
  }
}

std::string Json::text(int indent) const {
  std::string out;
  append(out, indent, 0);
  return out;
}

}  // namespace instar::io
