#pragma once

#include <string>

#include "report/content.hpp"

namespace instar::report {

/// What is to be doubted in predicted weights; both empty where nothing is, or there is nothing to tell it by.
struct Doubt {
  std::string claim;   ///< one sentence, for charts
  std::string reason;  ///< the same with its reason
};

/// Times at which the sum of predicted weights is far from the mass that the model was fitted to, or a few cells carry
/// most of it.
Doubt doubt_of(const Content& content);

}  // namespace instar::report
