// Labels of times: one, several as lines, and the lists that flags take.
#include <cmath>

#include "core/time_label.hpp"
#include "fuzz/target.hpp"

using namespace instar;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text(data, size);
  fuzz::refused_or_read([&] {
    if (!std::isfinite(core::parse_time_label(text).value)) std::abort();
  });
  fuzz::refused_or_read([&] {
    for (const core::TimeLabel& time : core::parse_time_list(text))
      if (!std::isfinite(time.value)) std::abort();
  });
  std::vector<std::string> labels;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    labels.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  fuzz::refused_or_read([&] {
    if (core::parse_time_labels(labels).values.size() != labels.size()) std::abort();
  });
  return 0;
}
