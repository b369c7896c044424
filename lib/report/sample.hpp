#pragma once

#include <vector>

#include "report/content.hpp"

namespace instar::report {

/// At most `most` of the rows, drawn without replacement with equal chances and in their order, so that the sample is
/// as dense here and there as the whole. Always the same for the same rows.
std::vector<Index> sample_rows(const std::vector<Index>& rows, Index most);

/// `most` rows of each time together.
std::vector<Index> every_time(const Cloud& cloud, Index most);

struct Limits {
  Index cells = 40000;       ///< observed, over all times
  Index particles = 150000;  ///< predicted, over all times
  double bytes = 3.2e6;      ///< of both, before base64 makes them 4/3 as many
};

/// The content as a page can carry it: above a limit, every time keeps the same share of its cells; particles that are
/// followed through time are chosen once. `total` says how many there were.
Content sampled(Content content, const Limits& limits = {});

}  // namespace instar::report
