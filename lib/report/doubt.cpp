#include "report/doubt.hpp"

#include <algorithm>
#include <cmath>

#include "core/format.hpp"
#include "core/weights.hpp"

namespace instar::report {
namespace {

/// The mass that the model was fitted to, at any time between: rates are constant from one fitted time to the next.
/// NaN outside, and without masses.
double fitted_mass(const Content& content, double time) {
  const std::vector<double>& times = content.fitted_times;
  if (content.fitted_masses.size() != times.size() || times.empty() || time < times.front() || time > times.back())
    return NAN;
  const auto above = std::lower_bound(times.begin(), times.end(), time);
  const auto k = static_cast<std::size_t>(above - times.begin());
  if (*above == time) return content.fitted_masses[k];
  const double share = (time - times[k - 1]) / (times[k] - times[k - 1]);
  return std::pow(content.fitted_masses[k - 1], 1 - share) * std::pow(content.fitted_masses[k], share);
}

/// The predicted mass of the cells of one time, in the model's terms: weights count cells of their start, or where two
/// starts are joined (predict --from between), of the earlier one. NaN where it cannot be told.
double mass_of(const Content& content, const Cloud& cloud, const std::vector<Index>& rows) {
  if (cloud.origin_time.empty()) return NAN;
  double start = INFINITY, starting = 0, weight = 0;
  for (const Index row : rows) {
    const auto i = static_cast<std::size_t>(row);
    if (cloud.origin_time[i] < start) starting = 0;
    start = std::min(start, cloud.origin_time[i]);
    starting += cloud.origin_time[i] == start ? 1 : 0;
    weight += cloud.weight[i];
  }
  return weight / starting * fitted_mass(content, start);
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

std::string fitted_range(const std::vector<double>& masses) {
  const auto [least, most] = std::minmax_element(masses.begin(), masses.end());
  return "the fitted " + (*least == *most ? "" : two_digits(*least) + " to ") + two_digits(*most);
}

}  // namespace

Doubt doubt_of(const Content& content) {
  if (!content.predicted || content.predicted->weight.empty()) return {};
  const Cloud& cloud = *content.predicted;
  std::vector<double> doubtful;
  Worst mass, few;
  std::size_t cells = 0;  // at the time with the fewest effective ones
  for (std::size_t k = 0; k < cloud.snapshots.times.size(); ++k) {
    const double time = cloud.snapshots.times[k];
    const std::vector<Index>& rows = cloud.snapshots.cells[k];
    const double reached = mass_of(content, cloud, rows);
    const bool far = std::isfinite(reached) && core::beyond_fitted(reached, content.fitted_masses);
    core::EffectiveCount effective;
    for (const Index row : rows) effective.add(cloud.weight[static_cast<std::size_t>(row)]);
    if (far) mass.see(time, std::abs(std::log(reached)), reached);
    if (effective.few()) few.see(time, static_cast<double>(rows.size()) / effective.value(), effective.value());
    if (effective.few() && few.time == time) cells = rows.size();
    if (far || effective.few()) doubtful.push_back(time);
  }
  if (doubtful.empty()) return {};
  const std::string claim =
      "Predicted weights " + in_words(cloud.snapshots.times, doubtful) + " are not to be believed";
  std::string why;
  if (mass.badness > 0)
    why = " they add up to a mass of " + two_digits(mass.value) + " (at " + core::format_short(mass.time) +
          "), far from " + fitted_range(content.fitted_masses);
  if (few.badness > 0)
    why += (why.empty() ? "" : ", and") + std::string(" few cells carry them (at ") + core::format_short(few.time) +
           " as " + two_digits(std::max(1.0, std::round(few.value))) + " of equal weight would, of " +
           grouped(static_cast<std::int64_t>(cells)) + ")";
  return {claim + ".", claim + ":" + why + ". Usually growth was read where no cells were measured."};
}

}  // namespace instar::report
