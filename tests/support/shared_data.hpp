#pragma once

#include <doctest/doctest.h>
#include <filesystem>
#include <optional>
#include <string>

namespace instar::test {

/// A file of the shared data beside the checkout, or nothing (said in a message) where a clone does not have it.
inline std::optional<std::string> shared_data(const std::string& name) {
  const auto path = std::filesystem::path(INSTAR_TEST_SOURCE_DIR) / "../../shared/data" / name;
  if (std::filesystem::exists(path)) return path.string();
  MESSAGE("skipped: no shared data ", name);
  return std::nullopt;
}

}  // namespace instar::test
