#pragma once

#include <array>
#include <string>
#include <vector>

#include "report/content.hpp"

namespace instar::report {

using Rgb = std::array<unsigned char, 3>;

/// 256 colours from low to high. Sequential: viridis (van der Walt and Smith 2015), which rises evenly in lightness.
/// Diverging: blue, grey, orange, which every common colour vision tells apart.
std::vector<Rgb> ramp(ColourKind kind);

/// Okabe and Ito's colours for categories (2008), made for all colour visions; the last stands for all others.
const std::vector<Rgb>& category_colours();

std::string hex(const Rgb& colour);

/// The range of values that a ramp covers: the 1st to 99th percentile; for a diverging colour symmetric around 0.
struct ColourRange {
  double low = 0;
  double high = 1;
};
ColourRange colour_range(const Colour& colour);

/// At most as many labels as there are colours: the largest groups, then `others`. Codes follow.
Colour with_few_labels(Colour colour);

}  // namespace instar::report
