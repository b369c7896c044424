#include "report/doubt.hpp"

#include <algorithm>
#include <cmath>

#include "core/format.hpp"
#include "core/weights.hpp"

namespace instar::report {
namespace {

/// The predicted mass of the cells of one time, in the model's terms: weights count cells of their start, or where two
/// starts are joined (predict --from between), of the earlier one. NaN where it cannot be told.
double mass_of(const Content& content, const Cloud& cloud, const std::vector<Index>& rows) {
  if (cloud.origin_time.empty() || content.fitted_masses.empty()) return NAN;
  double start = INFINITY, starting = 0, weight = 0;
  for (const Index row : rows) {
    const auto i = static_cast<std::size_t>(row);
    if (cloud.origin_time[i] < start) starting = 0;
    start = std::min(start, cloud.origin_time[i]);
    starting += cloud.origin_time[i] == start ? 1 : 0;
    weight += cloud.weight[i];
  }
  return weight / starting * core::mass_at(content.fitted_times, content.fitted_masses, start);
}

/// Where something is worst.
struct Worst {
  double badness = 0;
  double time = 0;
  double value = 0;

  void see(double at, double how_bad, double number) {
    if (how_bad > badness) *this = {how_bad, at, number};
  }
};

/// `at time 2`, `from time 2 to 3` where all predicted times between are among them, else a list.
std::string in_words(const std::vector<double>& all, const std::vector<double>& some) {
  if (some.size() == 1) return "at time " + core::format_short(some.front());
  const auto between =
      std::count_if(all.begin(), all.end(), [&](double t) { return t >= some.front() && t <= some.back(); });
  if (static_cast<std::size_t>(between) == some.size())
    return "from time " + core::format_short(some.front()) + " to " + core::format_short(some.back());
  std::string list;
  for (const double time : some) list += (list.empty() ? "at times " : ", ") + core::format_short(time);
  return list;
}

std::string two_digits(double value) {
  const double unit = std::pow(10, std::floor(std::log10(value)) - 1);
  return core::format_short(std::round(value / unit) * unit);
}

/// How far a mass is from those fitted, on the scale of factors.
double distance(double mass, const std::vector<double>& fitted) {
  const auto [least, most] = std::minmax_element(fitted.begin(), fitted.end());
  return std::max(std::log(mass / *most), std::log(*least / mass));
}

std::string fitted_range(const std::vector<double>& masses) {
  const auto [least, most] = std::minmax_element(masses.begin(), masses.end());
  return "the fitted " + (*least == *most ? "" : two_digits(*least) + " to ") + two_digits(*most);
}

}  // namespace

Doubt doubt_of(const Content& content) {
  if (!content.predicted || content.predicted->weight.empty()) return {};
  const Cloud& cloud = *content.predicted;
  const std::vector<double>& times = cloud.snapshots.times;
  std::vector<double> doubtful, without;
  Worst mass, few;
  std::size_t cells = 0;  // at the time with the fewest effective ones
  for (std::size_t k = 0; k < times.size(); ++k) {
    const std::vector<Index>& rows = cloud.snapshots.cells[k];
    core::EffectiveCount effective;
    for (const Index row : rows) effective.add(cloud.weight[static_cast<std::size_t>(row)]);
    const double reached = mass_of(content, cloud, rows);
    const bool far = std::isfinite(reached) && core::beyond_fitted(reached, content.fitted_masses);
    if (far || effective.few() || effective.sum == 0) doubtful.push_back(times[k]);
    if (effective.sum == 0) {
      without.push_back(times[k]);
      continue;
    }
    if (far) mass.see(times[k], distance(reached, content.fitted_masses), reached);
    if (effective.few()) few.see(times[k], static_cast<double>(rows.size()) / effective.value(), effective.value());
    if (effective.few() && few.time == times[k]) cells = rows.size();
  }
  if (doubtful.empty()) return {};
  const std::string claim = "Predicted weights " + in_words(times, doubtful) + " are not to be believed";
  std::string why;
  if (!without.empty()) why = " all are 0 (" + in_words(times, without) + ")";
  if (mass.badness > 0)
    why += (why.empty() ? "" : ", and") + std::string(" they add up to a mass of ") + two_digits(mass.value) + " (at " +
           core::format_short(mass.time) + "), far from " + fitted_range(content.fitted_masses);
  if (few.badness > 0)
    why += (why.empty() ? "" : ", and") + std::string(" few cells carry them (at ") + core::format_short(few.time) +
           " as " + two_digits(std::max(1.0, std::round(few.value))) + " of equal weight would, of " +
           grouped(static_cast<std::int64_t>(cells)) + ")";
  return {claim + ".", claim + ":" + why + ". Usually growth was read where no cells were measured."};
}

}  // namespace instar::report
