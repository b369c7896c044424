#include "report/palette.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/statistics.hpp"

namespace instar::report {
namespace {

// Every 32nd colour of viridis; between them lines are straight.
constexpr std::array<Rgb, 9> kViridis = {{{68, 1, 84},
                                          {71, 44, 122},
                                          {59, 81, 139},
                                          {44, 113, 142},
                                          {33, 144, 141},
                                          {39, 173, 129},
                                          {92, 200, 99},
                                          {170, 220, 50},
                                          {253, 231, 37}}};
constexpr std::array<Rgb, 5> kDiverging = {
    {{8, 81, 156}, {90, 155, 205}, {165, 165, 165}, {235, 140, 60}, {170, 70, 0}}};

}  // namespace

std::vector<Rgb> ramp(ColourKind kind) {
  std::vector<Rgb> stops(kViridis.begin(), kViridis.end());
  if (kind == ColourKind::diverging) stops.assign(kDiverging.begin(), kDiverging.end());
  std::vector<Rgb> colours(256);
  for (std::size_t i = 0; i < colours.size(); ++i) {
    const double at = static_cast<double>(i) / 255 * static_cast<double>(stops.size() - 1);
    const auto k = std::min(static_cast<std::size_t>(at), stops.size() - 2);
    const double share = at - static_cast<double>(k);
    for (std::size_t c = 0; c < 3; ++c)
      colours[i][c] = static_cast<unsigned char>(std::lround((1 - share) * stops[k][c] + share * stops[k + 1][c]));
  }
  return colours;
}

const std::vector<Rgb>& category_colours() {
  static const std::vector<Rgb> kColours = {{0, 114, 178},   {230, 159, 0},  {0, 158, 115},
                                            {204, 121, 167}, {86, 180, 233}, {213, 94, 0},
                                            {178, 166, 20},  {120, 94, 240}, {140, 140, 140}};
  return kColours;
}

std::string hex(const Rgb& colour) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text = "#";
  for (const unsigned char part : colour) {
    text += kDigits[part >> 4U];
    text += kDigits[part & 15U];
  }
  return text;
}

ColourRange colour_range(const Colour& colour) {
  std::vector<double> values = colour.observed;
  values.insert(values.end(), colour.predicted.begin(), colour.predicted.end());
  ColourRange range{quantile(values, {}, .01), quantile(values, {}, .99)};
  if (!std::isfinite(range.low)) return {};
  if (colour.kind == ColourKind::diverging) {
    range.high = std::max(std::abs(range.low), std::abs(range.high));
    range.low = -range.high;
  }
  if (range.high <= range.low) {  // one value, or nearly: the ends of what there is
    range.low = quantile(values, {}, 0);
    range.high = quantile(values, {}, 1);
  }
  if (range.high <= range.low) range.high = range.low + 1;
  return range;
}

Colour with_few_labels(Colour colour) {
  const std::size_t most = category_colours().size() - 1;
  if (colour.labels.size() <= most) return colour;
  std::vector<std::size_t> count(colour.labels.size()), order(colour.labels.size());
  for (const auto* values : {&colour.observed, &colour.predicted})
    for (const double code : *values)
      if (std::isfinite(code)) ++count[static_cast<std::size_t>(code)];
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return count[a] > count[b]; });
  std::vector<bool> kept(order.size());
  for (std::size_t k = 0; k < most; ++k) kept[order[k]] = true;
  std::vector<double> code_of(order.size(), static_cast<double>(most));
  std::vector<std::string> labels;
  for (std::size_t k = 0; k < order.size(); ++k) {
    if (!kept[k]) continue;
    code_of[k] = static_cast<double>(labels.size());
    labels.push_back(colour.labels[k]);
  }
  labels.push_back("others (" + std::to_string(order.size() - most) + ")");
  colour.labels = std::move(labels);
  for (auto* values : {&colour.observed, &colour.predicted})
    for (double& code : *values)
      if (std::isfinite(code)) code = code_of[static_cast<std::size_t>(code)];
  return colour;
}

}  // namespace instar::report
