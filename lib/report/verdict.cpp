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
  std::string seeds = {};  ///< of a fit, how many: `one seed only`
  double mean() const {
    double sum = 0;
    for (const double v : w1) sum += v;
    return sum / static_cast<double>(w1.size());
  }
};

std::string percent(double share) {
  return (share < .005 ? "less than 1" : core::format_short(std::round(share * 100))) + "\u00a0%";
}

Series series(const Scores& scores, const std::vector<double>& times, const std::string& method,
              const std::string& from) {
  Series one{from.empty() ? method : method + " from " + from, {}};
  for (const double time : times) one.w1.push_back(mean_w1(scores, time, method, from));
  return one;
}

/// The name with the seeds that the numbers rest on.
std::string named(const Series& one) { return one.name + (one.seeds.empty() ? "" : ", " + one.seeds); }

std::string seeds_of(const Scores& scores, const std::vector<double>& times, const std::string& method,
                     const std::string& from) {
  std::set<std::ptrdiff_t> counts;
  for (const double time : times)
    counts.insert(std::count_if(scores.rows.begin(), scores.rows.end(), [&](const ScoreRow& row) {
      return row.time == time && row.method == method && row.from == from && !row.value.empty() &&
             std::isfinite(row.value.front());
    }));
  if (counts == std::set<std::ptrdiff_t>{1}) return "one seed only";
  return (counts.size() > 1 ? std::to_string(*counts.begin()) + " to " : "") + std::to_string(*counts.rbegin()) +
         " seeds";
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
      one.seeds = seeds_of(scores, times, method, start);
      if (complete(one) && (best.w1.empty() || one.mean() < best.mean())) best = std::move(one);
    }
    if (complete(best)) return best;
  }
  return {};
}

/// `; closer at times 1 and 2`; empty where it is all of them or none.
std::string times_won(const std::vector<double>& won, std::size_t times) {
  if (won.empty() || won.size() == times) return "";
  std::string list;
  for (std::size_t k = 0; k < won.size(); ++k)
    list += (k == 0 ? "" : k + 1 == won.size() ? " and " : ", ") + core::format_short(won[k]);
  return std::string("; closer at time") + (won.size() > 1 ? "s " : " ") + list;
}

/// @param other one and the same way to predict for the mean and for each of the times
Verdict compared(const std::string& question, const std::vector<double>& times, const Series& model,
                 const Series& other) {
  Verdict verdict{Verdict::Level::open, question, "The table does not say", ""};
  if (!complete(model) || !complete(other)) {
    verdict.evidence = "It has no rows to compare: run instar holdout with --baselines.";
    return verdict;
  }
  std::vector<double> won;
  for (std::size_t k = 0; k < times.size(); ++k)
    if (model.w1[k] < other.w1[k]) won.push_back(times[k]);
  const std::string all = std::to_string(times.size());
  if (won.size() == times.size())
    verdict.answer = times.size() == 1 ? "Yes" : "Yes, at every held-out time";
  else if (won.empty())
    verdict.answer = times.size() == 1 ? "No" : "No, at none of " + all + " times";
  else
    verdict.answer = "In part: at " + std::to_string(won.size()) + " of " + all + " times";
  verdict.level = won.size() == times.size() ? Verdict::Level::good
                  : won.empty()              ? Verdict::Level::bad
                                             : Verdict::Level::mixed;
  const double change = 1 - model.mean() / other.mean();
  verdict.evidence = "Mean W1 " + core::format_short(model.mean()) + " (" + named(model) + ") against " +
                     core::format_short(other.mean()) + " (" + other.name + "): " + percent(std::abs(change)) +
                     (change >= 0 ? " closer to" : " farther from") + " the cells measured" +
                     times_won(won, times.size()) + ".";
  return verdict;
}

Verdict perfection(const Series& model, const Series& nothing, const Series& floor) {
  Verdict verdict{Verdict::Level::open, "How far from perfect?", "The table does not say",
                  "It has no sampling floor: run instar holdout with --baselines."};
  if (!complete(model) || !complete(floor)) return verdict;
  const double ratio = model.mean() / floor.mean();
  verdict.answer = core::format_short(std::round(ratio * 100) / 100) + " times the floor";
  verdict.level = ratio <= 1.25 ? Verdict::Level::good : ratio <= 2.5 ? Verdict::Level::mixed : Verdict::Level::bad;
  verdict.evidence = "Mean W1 " + core::format_short(model.mean()) + " (" + named(model) +
                     "); two halves of the cells " + "measured differ by " + core::format_short(floor.mean()) +
                     ", the floor.";
  if (complete(nothing) && nothing.mean() > floor.mean()) {
    const double way = (nothing.mean() - model.mean()) / (nothing.mean() - floor.mean());
    if (way < 0)
      verdict.evidence += " That is farther than doing nothing.";
    else if (way < 1)
      verdict.evidence += " That is " + percent(way) + " of the way from doing nothing to perfect.";
  }
  if (ratio <= 1) verdict.evidence += " That is as close as two samples of the same cells are to each other.";
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
  Series nothing = series(scores, times, "previous", "");
  nothing.name = "the cells of the time before";
  Series interpolation;
  for (const char* name : {"linear", "ot-midpoint", "wfr-midpoint"}) {
    Series one = series(scores, times, name, "");
    if (complete(one) && (!complete(interpolation) || one.mean() < interpolation.mean()))
      interpolation = std::move(one);
  }
  interpolation.name += ", of the interpolations the best on the mean";
  const Series best = complete(both) && complete(forward) && both.mean() < forward.mean() ? both : forward;
  return {compared("Is the model better than doing nothing?", times, forward, nothing),
          compared("Better than interpolating?", times, both, interpolation),
          perfection(complete(best) ? best : both, nothing, series(scores, times, "floor", ""))};
}

}  // namespace instar::report
