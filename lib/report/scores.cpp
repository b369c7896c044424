#include <algorithm>
#include <cmath>
#include <map>

#include "core/format.hpp"
#include "report/axis.hpp"
#include "report/panels.hpp"

namespace instar::report {
namespace {

/// One bar: a method from a start at one time, over its seeds.
struct Bar {
  std::string label;
  bool baseline = false;
  std::vector<double> seeds;
  double low = NAN, high = NAN;  ///< interval, where there is one seed with an interval
  double mean() const {
    double sum = 0;
    for (const double v : seeds) sum += v;
    return sum / static_cast<double>(seeds.size());
  }
};

struct Group {
  double time = 0;
  std::vector<Bar> bars;
  double floor = NAN, floor_sd = NAN;
};

std::string label_of(const ScoreRow& row) {
  return row.baseline || row.from == row.method ? row.method : row.method + " from " + row.from;
}

std::vector<Group> groups_of(const Scores& scores, std::size_t metric) {
  std::map<double, Group> groups;
  for (const ScoreRow& row : scores.rows) {
    const double value = row.value[metric];
    Group& group = groups[row.time];
    group.time = row.time;
    if (!std::isfinite(value)) continue;
    if (row.method == "floor") group.floor = value;
    if (row.method == "floor-sd") group.floor_sd = value;
    if (row.method.starts_with("floor")) continue;
    const std::string label = label_of(row);
    auto bar = std::find_if(group.bars.begin(), group.bars.end(), [&](const Bar& b) { return b.label == label; });
    if (bar == group.bars.end()) bar = group.bars.insert(bar, Bar{label, row.baseline, {}});
    bar->seeds.push_back(value);
    const bool interval = !row.low.empty() && std::isfinite(row.low[metric]) && bar->seeds.size() == 1;
    bar->low = interval ? row.low[metric] : NAN;
    bar->high = interval ? row.high[metric] : NAN;
  }
  std::vector<Group> result;
  for (auto& [time, group] : groups) {
    std::stable_partition(group.bars.begin(), group.bars.end(), [](const Bar& b) { return !b.baseline; });
    result.push_back(std::move(group));
  }
  return result;
}

constexpr double kRow = 21, kHead = 34, kFoot = 44;

void draw_bar(Svg& svg, const Bar& bar, const Scale& x, double y) {
  const double value = bar.mean();
  const std::string tip = bar.label + ": " + core::format_short(value) +
                          (bar.seeds.size() > 1 ? ", mean of " + std::to_string(bar.seeds.size()) + " seeds" : "");
  svg.text(x.from - 8, y + 13, bar.label, bar.baseline ? "tick" : "tick strong", "end");
  svg.rect(x.from, y + 3, std::max(1.0, x.at(value) - x.from), kRow - 7, bar.baseline ? "bar base" : "bar model", tip);
  double right = x.at(value);
  if (bar.seeds.size() > 1)
    for (const double seed : bar.seeds) {
      svg.circle(x.at(seed), y + kRow / 2 - .5, 2.5, "seed", core::format_short(seed));
      right = std::max(right, x.at(seed));
    }
  if (std::isfinite(bar.low)) {
    svg.line(x.at(std::max(0.0, bar.low)), y + kRow / 2 - .5, x.at(bar.high), y + kRow / 2 - .5, "whisker");
    right = std::max(right, x.at(bar.high));
  }
  svg.text(right + (bar.seeds.size() > 1 ? 9 : 6), y + 13, core::format_short(value),
           bar.baseline ? "value" : "value strong");
}

void draw_group(Svg& svg, const Group& group, const Scale& x, double left, double top, const std::string& title) {
  svg.text(left, top + 16, title, "heading");
  const double first = top + kHead - 8, last = first + kRow * static_cast<double>(group.bars.size());
  if (std::isfinite(group.floor) && std::isfinite(group.floor_sd))
    svg.rect(x.at(std::max(0.0, group.floor - group.floor_sd)), first,
             x.at(group.floor + group.floor_sd) - x.at(std::max(0.0, group.floor - group.floor_sd)), last - first,
             "floor-band");
  for (std::size_t k = 0; k < group.bars.size(); ++k)
    draw_bar(svg, group.bars[k], x, first + kRow * static_cast<double>(k));
  svg.line(x.from, first, x.from, last, "axis");
  if (!std::isfinite(group.floor)) return;
  svg.line(x.at(group.floor), first - 3, x.at(group.floor), last, "floor");
  const bool fits_right = x.at(group.floor) + 70 < x.to;
  svg.text(x.at(group.floor) + (fits_right ? 4 : -4), first - 7, "floor " + core::format_short(group.floor),
           "floor-label", fits_right ? "start" : "end");
}

double height_of(const Group& group) { return kHead + kRow * static_cast<double>(group.bars.size()) + 8; }

/// The largest number that has to fit, and the longest label.
std::pair<double, double> extent_of(const std::vector<Group>& groups) {
  double largest = 0, longest = 0;
  for (const Group& group : groups) {
    if (std::isfinite(group.floor))
      largest = std::max(largest, group.floor + (group.floor_sd > 0 ? group.floor_sd : 0));
    for (const Bar& bar : group.bars) {
      longest = std::max(longest, static_cast<double>(bar.label.size()));
      for (const double v : bar.seeds) largest = std::max(largest, v);
      if (std::isfinite(bar.high)) largest = std::max(largest, bar.high);
    }
  }
  return {largest > 0 ? largest : 1, longest};
}

/// Groups one below the other; side by side where there is room. All share one scale.
Svg draw(const std::vector<Group>& groups, double width, const std::string& metric, const std::string& unit) {
  constexpr double kGap = 24;
  const auto room = static_cast<std::size_t>(std::max(1.0, std::floor((width + kGap) / (330 + kGap))));
  const std::size_t columns = width < kFull ? 1 : std::min({room, groups.size(), std::size_t{3}});
  const double column =
      std::min(620.0, (width - kGap * static_cast<double>(columns - 1)) / static_cast<double>(columns));
  const auto [largest, longest] = extent_of(groups);
  const double left = std::min(7.2 * longest + 14, column * .45);
  double height = 0, tallest = 0;
  for (std::size_t k = 0; k < groups.size(); ++k) {
    tallest = std::max(k % columns == 0 ? 0 : tallest, height_of(groups[k]));
    if (k % columns == columns - 1 || k + 1 == groups.size()) height += tallest;
  }
  Svg svg(width, height + kFoot);
  double top = 0;
  tallest = 0;
  for (std::size_t k = 0; k < groups.size(); ++k) {
    const double start = static_cast<double>(k % columns) * (column + kGap);
    const Scale x{0, largest, start + left, start + column - 52};
    draw_group(svg, groups[k], x, start, top, time_text(unit, groups[k].time));
    tallest = std::max(k % columns == 0 ? 0 : tallest, height_of(groups[k]));
    if (k % columns == columns - 1 || k + 1 == groups.size()) top += tallest;
  }
  for (std::size_t c = 0; c < columns; ++c) {
    const double start = static_cast<double>(c) * (column + kGap);
    const Scale x{0, largest, start + left, start + column - 52};
    svg.line(x.from, top, x.to, top, "axis");
    for (const double value : ticks(0, x.high, column < 400 ? 3 : 5)) {
      svg.line(x.at(value), top, x.at(value), top + 4, "axis");
      svg.text(x.at(value), top + 17, core::format_short(value), "tick", "middle");
    }
    svg.text((x.from + x.to) / 2, top + 34, metric, "title", "middle");
  }
  return svg;
}

Table table_of(const std::vector<Group>& groups, const std::string& metric) {
  Table table{{"time", "method", metric, "seeds", "95 % interval"}, {}};
  for (const Group& group : groups) {
    for (const Bar& bar : group.bars)
      table.rows.push_back(
          {core::format_number(group.time), bar.label, core::format_short(bar.mean()), std::to_string(bar.seeds.size()),
           std::isfinite(bar.low) ? core::format_short(bar.low) + " to " + core::format_short(bar.high) : ""});
    if (std::isfinite(group.floor))
      table.rows.push_back({core::format_number(group.time), "floor", core::format_short(group.floor), "",
                            std::isfinite(group.floor_sd) ? "sd " + core::format_short(group.floor_sd) : ""});
  }
  return table;
}

std::string spelled(const std::string& metric) {
  if (metric == "w1") return "Wasserstein distance W1";
  if (metric == "w2") return "Wasserstein distance W2";
  if (metric == "mmd") return "Squared MMD";
  return "Energy distance";
}

}  // namespace

std::vector<Panel> score_panels(const Scores& scores, const Content& content) {
  std::vector<Panel> panels;
  for (std::size_t m = 0; m < scores.metrics.size(); ++m) {
    const std::string& metric = scores.metrics[m];
    const auto groups = groups_of(scores, m);
    std::size_t bars = 0;
    for (const Group& group : groups) bars += group.bars.size();
    if (bars == 0) continue;
    const std::string name = metric == "w1" ? "scores" : "scores-" + metric;
    const std::string words = spelled(metric);
    panels.push_back(
        {name, words + " to the cells measured at held-out times",
         "A bar is how far a prediction is from the cells really measured at a time that the fit had not "
         "seen, in scaled units: shorter is better. Plain bars need no model. The dashed line is the floor: one half "
         "of "
         "those cells against the other, what sampling alone gives; the band beside it is one standard "
         "deviation.",
         [groups, words, unit = content.time_unit](double width) { return draw(groups, width, words, unit); },
         table_of(groups, metric), true, "scores-" + metric});
  }
  return panels;
}

}  // namespace instar::report
