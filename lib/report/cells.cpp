#include <algorithm>
#include <cmath>
#include <map>

#include "core/format.hpp"
#include "report/axis.hpp"
#include "report/palette.hpp"
#include "report/panels.hpp"
#include "report/sample.hpp"
#include "report/svg.hpp"
#include "report/velocity_grid.hpp"

namespace instar::report {
namespace {

/// A few thousand points per panel say what more would, and the file stays small enough for any editor.
constexpr Index kPointsPerTime = 1500;

/// One square of the figure.
struct Frame {
  Bounds bounds;
  Scale x;
  Scale y;
};

/// Points of one colour as one path: a dot is a line of no length with round ends.
using Dots = std::map<std::string, std::string>;

std::string colour_at(const Colour& colour, const ColourRange& range, double value) {
  if (!std::isfinite(value)) return "";
  if (colour.kind == ColourKind::categorical)
    return hex(category_colours()[static_cast<std::size_t>(value) % category_colours().size()]);
  static const std::map<ColourKind, std::vector<Rgb>> kRamps = {{ColourKind::sequential, ramp(ColourKind::sequential)},
                                                                {ColourKind::diverging, ramp(ColourKind::diverging)}};
  // 24 steps are as smooth to the eye and make 24 paths; light yellow does not show on white paper.
  const double share = std::clamp((value - range.low) / (range.high - range.low), 0.0, 1.0);
  const double top = colour.kind == ColourKind::sequential ? .9 : 1;
  return hex(kRamps.at(colour.kind)[static_cast<std::size_t>(std::round(share * 23) / 23 * top * 255)]);
}

void draw_points(Svg& svg, const Frame& frame, const Cloud& cloud, const std::vector<Index>& rows, const Colour& colour,
                 const std::vector<double>& values, const ColourRange& range, bool ghost) {
  Dots dots;
  for (const Index row : rows) {
    const double x = cloud.snapshots.coordinates(row, 0), y = cloud.snapshots.coordinates(row, 1);
    if (!frame.bounds.contains(x, y)) continue;
    const std::string key =
        ghost || values.empty() ? "" : colour_at(colour, range, values[static_cast<std::size_t>(row)]);
    dots[key] += "M" + px(frame.x.at(x)) + " " + px(frame.y.at(y)) + "h0";
  }
  for (const auto& [key, data] : dots)
    svg.path(data, ghost ? "ghost" : key.empty() ? "points unknown" : "points", key.empty() ? "" : "stroke:" + key);
}

void draw_arrows(Svg& svg, const Frame& frame, const std::vector<Arrow>& arrows, double longest) {
  std::string data;
  for (const Arrow& arrow : arrows) {
    const double dx = (frame.x.at(arrow.x + arrow.dx) - frame.x.at(arrow.x)) / longest * 16;
    const double dy = (frame.y.at(arrow.y + arrow.dy) - frame.y.at(arrow.y)) / longest * 16;
    const double length = std::hypot(dx, dy);
    if (length < .8) continue;
    const double x = frame.x.at(arrow.x) + dx, y = frame.y.at(arrow.y) + dy;
    const double ux = dx / length * 3.2, uy = dy / length * 3.2;
    data += "M" + px(x - dx) + " " + px(y - dy) + "L" + px(x) + " " + px(y) + "M" + px(x - ux - uy * .7) + " " +
            px(y - uy + ux * .7) + "L" + px(x) + " " + px(y) + "L" + px(x - ux + uy * .7) + " " + px(y - uy - ux * .7);
  }
  if (!data.empty()) svg.path(data, "arrows");
}

/// The 95th percentile of all arrows' lengths in pixels, so that one scale serves all frames.
double longest_arrow(const std::vector<std::vector<Arrow>>& all, const Frame& frame) {
  std::vector<double> lengths;
  for (const auto& arrows : all)
    for (const Arrow& a : arrows)
      lengths.push_back(std::hypot(frame.x.at(a.dx) - frame.x.at(0), frame.y.at(a.dy) - frame.y.at(0)));
  if (lengths.empty()) return 1;
  std::sort(lengths.begin(), lengths.end());
  return std::max(1e-12, lengths[lengths.size() * 95 / 100]);
}

/// @param name of the colour, with its unit; @param unknown a remark; may be empty
void draw_legend(Svg& svg, const Colour& colour, const ColourRange& range, double top, const std::string& name,
                 const std::string& unknown) {
  if (colour.kind != ColourKind::categorical) {
    for (int k = 0; k < 24; ++k)  // each a little wider than its place: no seams
      svg.block(20 + 6 * k, top, 6.5, 11, colour_at(colour, range, range.low + k / 23.0 * (range.high - range.low)));
    svg.text(20, top + 25, core::format_short(range.low), "tick");
    svg.text(20 + 6 * 24, top + 25, core::format_short(range.high), "tick", "end");
    svg.text(20 + 6 * 24 + 14, top + 10, name + unknown, "title");
    return;
  }
  double x = 20;
  for (std::size_t k = 0; k < colour.labels.size(); ++k) {
    const double width = 22 + kLetter * static_cast<double>(letters(colour.labels[k]));
    if (x + width > svg.width() && x > 20) {
      x = 20;
      top += 18;
    }
    svg.swatch(x, top, 10, hex(category_colours()[k % category_colours().size()]));
    svg.text(x + 15, top + 9, colour.labels[k], "legend");
    x += width;
  }
}

/// Squares in rows (observed, predicted) and columns (times).
class CellFigure {
 public:
  CellFigure(const Content& content, const Colour& colour, double width)
      : content_(content), colour_(colour), range_(colour_range(colour)), bounds_(bounds_of(content)) {
    if (content.observed) clouds_.push_back(&*content.observed);
    if (content.predicted) clouds_.push_back(&*content.predicted);
    // With more times than columns, evenly chosen ones: first and last always.
    const std::vector<double>& all = clouds_.front()->snapshots.times;
    const std::size_t columns = std::min<std::size_t>(all.size(), 6);
    for (std::size_t c = 0; c < columns; ++c)
      times_.push_back(all[columns < 2 ? 0 : c * (all.size() - 1) / (columns - 1)]);
    side_ = (std::max(width, 150.0 * static_cast<double>(columns)) - kLeft) / static_cast<double>(columns);
  }

  Svg draw() const {
    const double width = kLeft + side_ * static_cast<double>(times_.size());
    const double bottom = kTop + side_ * static_cast<double>(clouds_.size());
    const std::size_t legend_lines = colour_.kind == ColourKind::categorical ? colour_.labels.size() / 4 : 1;
    Svg svg(width, bottom + 48 + 18 * static_cast<double>(legend_lines) + (colour_.note.empty() ? 0 : 18));
    const double longest = longest_arrow(all_arrows(), frame_at(0, 0));
    for (std::size_t c = 0; c < times_.size(); ++c)
      svg.text(kLeft + side_ * static_cast<double>(c) + (side_ - kGap) / 2, 14,
               time_text(content_.time_unit, times_[c]), "heading", "middle");
    for (std::size_t r = 0; r < clouds_.size(); ++r) {
      const bool measured = content_.observed && r == 0;
      svg.text_upwards(12, kTop + side_ * (static_cast<double>(r) + .5), measured ? "observed" : "predicted", "title");
      for (std::size_t c = 0; c < times_.size(); ++c)
        draw_square(svg, frame_at(r, c), *clouds_[r], times_[c], measured ? colour_.observed : colour_.predicted,
                    longest);
    }
    svg.text(width - kGap, bottom + 12, "across: " + content_.axes[0] + ", upwards: " + content_.axes[1], "tick",
             "end");
    draw_legend(svg, colour_, range_, bottom + 26, colour_title(content_, colour_), unknown());
    if (!colour_.note.empty()) svg.text(kLeft, svg.height() - 6, colour_.note, "tick");
    return svg;
  }

 private:
  /// Which cells are grey for want of a value.
  std::string unknown() const {
    const bool cells = content_.observed && colour_.observed.empty();
    const bool particles = content_.predicted && colour_.predicted.empty();
    if (!cells && !particles) return "";
    return std::string(" (not known of ") + (cells ? "observed" : "predicted") + " cells: grey)";
  }

  static constexpr double kLeft = 20, kTop = 24, kGap = 6;

  Frame frame_at(std::size_t row, std::size_t column) const {
    const double left = kLeft + side_ * static_cast<double>(column), top = kTop + side_ * static_cast<double>(row);
    return {bounds_,
            {bounds_.x_low, bounds_.x_high, left, left + side_ - kGap},
            {bounds_.y_low, bounds_.y_high, top + side_ - kGap, top}};
  }

  std::vector<Arrow> arrows_of(const Cloud& cloud, double time) const {
    const Index k = core::find_time(cloud.snapshots.times, time);
    if (k < 0) return {};
    return velocity_grid(cloud, cloud.snapshots.cells[static_cast<std::size_t>(k)], bounds_, 9);
  }

  std::vector<std::vector<Arrow>> all_arrows() const {
    std::vector<std::vector<Arrow>> all;
    for (const Cloud* cloud : clouds_)
      for (const double time : times_) all.push_back(arrows_of(*cloud, time));
    return all;
  }

  void draw_square(Svg& svg, const Frame& frame, const Cloud& cloud, double time, const std::vector<double>& values,
                   double longest) const {
    svg.rect(frame.x.from, frame.y.to, side_ - kGap, side_ - kGap, "frame");
    if (content_.observed)
      draw_points(svg, frame, *content_.observed, every_time(*content_.observed, 300), colour_, {}, range_, true);
    const Index k = core::find_time(cloud.snapshots.times, time);
    if (k < 0) {
      svg.text((frame.x.from + frame.x.to) / 2, (frame.y.from + frame.y.to) / 2, "not predicted", "tick", "middle");
      return;
    }
    const auto chosen = sample_rows(cloud.snapshots.cells[static_cast<std::size_t>(k)], kPointsPerTime);
    draw_points(svg, frame, cloud, chosen, colour_, values, range_, false);
    draw_arrows(svg, frame, arrows_of(cloud, time), longest);
  }

  const Content& content_;
  const Colour& colour_;
  ColourRange range_;
  Bounds bounds_;
  std::vector<const Cloud*> clouds_;
  std::vector<double> times_;
  double side_ = 0;
};

}  // namespace

std::vector<Panel> cell_panels(const Content& content) {
  if (!content.observed && !content.predicted) return {};
  std::vector<Panel> panels;
  for (const Colour& full : content.colours) {
    const Colour colour = with_few_labels(full);
    const std::string name = panels.empty() ? "cells" : "cells-" + full.name;
    const std::string note = colour.note.empty() ? "" : " " + colour.note;
    panels.push_back({name,
                      "Cells in " + content.basis + " by time",
                      "Observed and predicted cells at the observed times, coloured by " + colour.name +
                          "; grey: all observed cells. Arrows: mean velocity." + note,
                      [&content, colour](double width) { return CellFigure(content, colour, width).draw(); },
                      {},
                      false,
                      "cells-" + full.name});
  }
  return panels;
}

}  // namespace instar::report
