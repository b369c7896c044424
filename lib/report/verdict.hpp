#pragma once

#include <string>
#include <vector>

#include "report/content.hpp"

namespace instar::report {

/// A question that a held-out evaluation answers, with the answer in words and the numbers behind it.
struct Verdict {
  enum class Level { good, mixed, bad, open } level = Level::open;  ///< open: the table does not say
  std::string question;
  std::string answer;
  std::string evidence;
};

/// Mean W1 over seeds of one method from one start at one time; NaN where the table has none.
double mean_w1(const Scores& scores, double time, const std::string& method, const std::string& from);

/// "Is it better than doing nothing?", "than interpolating?", "How far from perfect?", by W1 (the first metric), each
/// time on its own and on the mean, against one and the same baseline. Doing nothing is the baseline `previous`, beside
/// the fit from `previous` (else its other starts); interpolating is the best of linear, ot-midpoint and wfr-midpoint
/// in mean over times, beside the fit from `between` (else its other starts), since interpolation sees both neighbours
/// too; perfect is the sampling floor.
std::vector<Verdict> verdicts(const Scores& scores);

}  // namespace instar::report
