#include "report/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/format.hpp"

namespace instar::report {
namespace {

/// W1 of one way to predict, at the times where all that is compared has one.
struct Series {
  std::string name;
  std::vector<double> w1;
  double mean() const {
    double sum = 0;
    for (const double v : w1) sum += v;
    return sum / static_cast<double>(w1.size());
  }
};

std::string percent(double share) { return core::format_short(std::round(share * 100)) + "\u00a0%"; }

Series series(const Scores& scores, const std::vector<double>& times, const std::string& method,
              const std::string& from) {
  Series one{from.empty() ? method : method + " from " + from, {}};
  for (const double time : times) one.w1.push_back(mean_w1(scores, time, method, from));
  return one;
}

bool complete(const Series& one) {
  return !one.w1.empty() && std::all_of(one.w1.begin(), one.w1.end(), [](double v) { return std::isfinite(v); });
}

/// The fit from the first of the wanted starts that was tried at all of `times`.
Series model_from(const Scores& scores, const std::vector<double>& times, const std::vector<std::string>& starts) {
  for (const std::string& start : starts) {
    Series best;
    std::set<std::string> methods;
    for (const ScoreRow& row : scores.rows)
      if (!row.baseline && row.from == start) methods.insert(row.method);
    for (const std::string& method : methods) {
      Series one = series(scores, times, method, start);
      if (complete(one) && (best.w1.empty() || one.mean() < best.mean())) best = std::move(one);
    }
    if (complete(best)) return best;
  }
  return {};
}

/// @param other what is compared on the mean; @param to_beat [times] what a time has to beat to count as won
Verdict compared(const std::string& question, const Series& model, const Series& other,
                 const std::vector<double>& to_beat, const std::string& other_name) {
  Verdict verdict{Verdict::Level::open, question, "The table does not say", ""};
  if (!complete(model) || !complete(other)) {
    verdict.evidence = "It has no rows to compare: run instar holdout with --baselines.";
    return verdict;
  }
  std::size_t wins = 0;
  for (std::size_t k = 0; k < model.w1.size(); ++k) wins += model.w1[k] < to_beat[k] ? 1 : 0;
  const std::size_t times = model.w1.size();
  if (wins == times)
    verdict.answer = times == 1 ? "Yes" : "Yes, at every held-out time";
  else if (wins == 0)
    verdict.answer = times == 1 ? "No" : "No, at none of " + std::to_string(times) + " times";
  else
    verdict.answer = "In part: at " + std::to_string(wins) + " of " + std::to_string(times) + " times";
  verdict.level = wins == times ? Verdict::Level::good : wins == 0 ? Verdict::Level::bad : Verdict::Level::mixed;
  const double change = 1 - model.mean() / other.mean();
  verdict.evidence = "Mean W1 " + core::format_short(model.mean()) + " (" + model.name + ") against " +
                     core::format_short(other.mean()) + " (" + other_name + "): " + percent(std::abs(change)) +
                     (change >= 0 ? " closer to the cells measured." : " farther from the cells measured.");
  return verdict;
}

Verdict perfection(const Series& model, const Series& nothing, const Series& floor) {
  Verdict verdict{Verdict::Level::open, "How far from perfect?", "The table does not say",
                  "It has no sampling floor: run instar holdout with --baselines."};
  if (!complete(model) || !complete(floor)) return verdict;
  const double ratio = model.mean() / floor.mean();
  verdict.answer = core::format_short(std::round(ratio * 100) / 100) + " times the floor";
  verdict.level = ratio <= 1.25 ? Verdict::Level::good : ratio <= 2.5 ? Verdict::Level::mixed : Verdict::Level::bad;
  verdict.evidence = "Mean W1 " + core::format_short(model.mean()) + " (" + model.name + "); two halves of the cells " +
                     "measured differ by " + core::format_short(floor.mean()) + ", the floor.";
  if (complete(nothing) && nothing.mean() > floor.mean()) {
    const double way = (nothing.mean() - model.mean()) / (nothing.mean() - floor.mean());
    verdict.evidence += way >= 0 ? " That is " + percent(way) + " of the way from doing nothing to perfect."
                                 : " That is farther than doing nothing.";
  }
  return verdict;
}

}  // namespace

double mean_w1(const Scores& scores, double time, const std::string& method, const std::string& from) {
  double sum = 0;
  int count = 0;
  for (const ScoreRow& row : scores.rows) {
    if (row.time != time || row.method != method || (!from.empty() && row.from != from)) continue;
    if (row.value.empty() || !std::isfinite(row.value.front())) continue;
    sum += row.value.front();
    ++count;
  }
  return count > 0 ? sum / count : NAN;
}

std::vector<Verdict> verdicts(const Scores& scores) {
  std::set<double> all;
  for (const ScoreRow& row : scores.rows) all.insert(row.time);
  const std::vector<double> times(all.begin(), all.end());
  const Series forward = model_from(scores, times, {"previous", "first", "between"});
  const Series both = model_from(scores, times, {"between", "previous", "first"});
  const Series nothing = series(scores, times, "previous", "");
  Series interpolation;
  std::vector<double> best_interpolation(times.size(), INFINITY);  // at each time: no single one is best at all
  for (const char* name : {"linear", "ot-midpoint", "wfr-midpoint"}) {
    Series one = series(scores, times, name, "");
    for (std::size_t k = 0; k < times.size(); ++k) best_interpolation[k] = std::fmin(best_interpolation[k], one.w1[k]);
    if (complete(one) && (!complete(interpolation) || one.mean() < interpolation.mean()))
      interpolation = std::move(one);
  }
  const Series best = complete(both) && complete(forward) && both.mean() < forward.mean() ? both : forward;
  return {
      compared("Is the model better than doing nothing?", forward, nothing, nothing.w1, "the cells of the time before"),
      compared("Better than interpolating?", both, interpolation, best_interpolation,
               interpolation.name + ", the best interpolation on the mean"),
      perfection(complete(best) ? best : both, nothing, series(scores, times, "floor", ""))};
}

}  // namespace instar::report
