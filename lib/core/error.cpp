#include "core/error.hpp"

namespace instar {
namespace {

std::string sentence(const std::string& place, const std::string& problem, const std::string& advice) {
  std::string text = place.empty() ? problem : place + ": " + problem;
  if (!advice.empty()) text += "; " + advice;
  return text;
}

std::string place(const DataError::Where& where) {
  if (where.path.empty()) return where.file;
  return where.file.empty() ? where.path : where.file + ": " + where.path;
}

}  // namespace

DataError::DataError(const Where& where, const std::string& problem, const std::string& advice)
    : std::runtime_error(sentence(place(where), problem, advice)) {}

NumericError::NumericError(const std::string& quantity, const std::string& problem, const std::string& advice)
    : std::runtime_error(sentence(quantity, problem, advice)) {}

}  // namespace instar
