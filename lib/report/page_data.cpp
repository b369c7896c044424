#include "report/page_data.hpp"

#include <algorithm>
#include <cmath>

#include "core/format.hpp"
#include "report/doubt.hpp"
#include "report/markup.hpp"
#include "report/palette.hpp"
#include "report/velocity_grid.hpp"

namespace instar::report {
namespace {

std::vector<double> column(const Matrix& values, Index j, const std::vector<Index>& order) {
  std::vector<double> result;
  result.reserve(order.size());
  for (const Index row : order) result.push_back(values(row, j));
  return result;
}

template <class T>
std::vector<T> in_order(const std::vector<T>& values, const std::vector<Index>& order) {
  std::vector<T> result;
  if (values.empty()) return result;
  result.reserve(order.size());
  for (const Index row : order) result.push_back(values[static_cast<std::size_t>(row)]);
  return result;
}

void add_arrows(Arrays& arrays, const std::string& name, const Cloud& cloud, const Bounds& bounds) {
  std::vector<double> x, y, dx, dy, starts{0};
  for (const auto& rows : cloud.snapshots.cells) {
    for (const Arrow& arrow : velocity_grid(cloud, rows, bounds)) {
      x.push_back(arrow.x);
      y.push_back(arrow.y);
      dx.push_back(arrow.dx);
      dy.push_back(arrow.dy);
    }
    starts.push_back(static_cast<double>(x.size()));
  }
  if (x.empty()) return;
  arrays.exact(name + ".arrow.starts", starts);
  arrays.numbers(name + ".arrow.x", x);
  arrays.numbers(name + ".arrow.y", y);
  arrays.numbers(name + ".arrow.dx", dx);
  arrays.numbers(name + ".arrow.dy", dy);
}

/// Points in order of time; `starts` says where each time begins.
void add_cloud(Arrays& arrays, const std::string& name, const Cloud& cloud, const std::vector<Colour>& colours,
               std::vector<double> Colour::*values, const Bounds& bounds) {
  std::vector<Index> order;
  std::vector<double> starts{0};
  for (const auto& rows : cloud.snapshots.cells) {
    order.insert(order.end(), rows.begin(), rows.end());
    starts.push_back(static_cast<double>(order.size()));
  }
  arrays.exact(name + ".times", cloud.snapshots.times);
  arrays.exact(name + ".starts", starts);
  arrays.numbers(name + ".x", column(cloud.snapshots.coordinates, 0, order));
  arrays.numbers(name + ".y", column(cloud.snapshots.coordinates, 1, order));
  if (!cloud.weight.empty()) arrays.numbers(name + ".weight", in_order(cloud.weight, order));
  if (!cloud.growth.empty()) arrays.numbers(name + ".growth", in_order(cloud.growth, order));
  for (std::size_t c = 0; c < colours.size(); ++c)
    if (!(colours[c].*values).empty() && colours[c].extra) {  // time, growth and weight are there already
      const auto add = colours[c].kind == ColourKind::categorical ? &Arrays::codes : &Arrays::numbers;
      (arrays.*add)(name + ".colour." + std::to_string(c), in_order(colours[c].*values, order));
    }
  const bool followed = same_particles(cloud);
  arrays.exact(name + ".followed", {followed ? 1.0 : 0.0});
  // Particles that are followed have one name for all times.
  if (!cloud.names.empty())
    arrays.texts(name + ".names", in_order(cloud.names, followed ? cloud.snapshots.cells.front() : order));
  add_arrows(arrays, name, cloud, bounds);
}

std::string sampling_note(const Content& content) {
  std::string note;
  for (const auto& [cloud, kind] :
       {std::pair{&content.observed, "observed cells"}, std::pair{&content.predicted, "predicted cells"}}) {
    if (!*cloud || (*cloud)->total <= (*cloud)->rows()) continue;
    note += " Shown are " + grouped((*cloud)->rows()) + " of " + grouped((*cloud)->total) + " " + kind +
            ", a random sample in which every time keeps its share, so density is as in the whole; the charts use all.";
  }
  return note;
}

std::string outside_note(const Content& content) {
  const Bounds bounds = bounds_of(content);
  std::string counts;
  for (const auto& [cloud, kind] :
       {std::pair{&content.observed, "observed"}, std::pair{&content.predicted, "predicted"}}) {
    std::int64_t outside = 0;
    for (Index i = 0; *cloud && i < (*cloud)->rows(); ++i)
      outside += bounds.contains((*cloud)->snapshots.coordinates(i, 0), (*cloud)->snapshots.coordinates(i, 1)) ? 0 : 1;
    if (outside == 0) continue;
    counts += (counts.empty() ? "" : " and ") + grouped(outside) + " of " + grouped((*cloud)->rows()) + " " + kind;
  }
  return counts.empty() ? "" : " Outside the frame: " + counts + " cells shown.";
}

/// `times 0, 1 and 3`; of many, `39 times from 0 to 18`.
std::string listed(const std::vector<double>& times) {
  if (times.size() > 8)
    return std::to_string(times.size()) + " times from " + core::format_short(times.front()) + " to " +
           core::format_short(times.back());
  std::string list = times.size() > 1 ? "times " : "time ";
  for (std::size_t k = 0; k < times.size(); ++k)
    list += (k == 0 ? "" : k + 1 == times.size() ? " and " : ", ") + core::format_short(times[k]);
  return list;
}

/// Which of the times shown the model has seen: who looks at predictions beside the cells they were fitted to should
/// know.
std::string seen_note(const Content& content) {
  const std::string unseen = content.excluded.empty() ? "" : listed(content.excluded);
  if (!content.predicted) return unseen.empty() ? "" : " The model has not seen " + unseen + ".";
  if (content.fitted_times.empty())
    return " Which times the model behind the predictions has seen is not known without --model.";
  return " The predictions come from a model fitted to " + listed(content.fitted_times) +
         (unseen.empty() ? ": it has seen the cells of these times, so these are not the held-out predictions."
                         : "; it has not seen " + unseen + ".");
}

}  // namespace

std::string cell_arrays(const Content& content) {
  Arrays arrays;
  const Bounds bounds = bounds_of(content);
  arrays.exact("bounds", {bounds.x_low, bounds.x_high, bounds.y_low, bounds.y_high});
  arrays.texts("axes", content.axes);
  arrays.texts("unit", {content.time_unit.empty() ? "time" : content.time_unit});
  arrays.exact("excluded", content.excluded);
  std::vector<Colour> colours;
  for (const Colour& colour : content.colours) colours.push_back(with_few_labels(colour));
  for (std::size_t c = 0; c < colours.size(); ++c) {
    const std::string name = "colour." + std::to_string(c);
    const ColourRange range = colour_range(colours[c]);
    arrays.texts(name + ".name", {colours[c].name});
    arrays.texts(name + ".title", {colour_title(content, colours[c])});
    arrays.exact(name + ".kind", {static_cast<double>(colours[c].kind)});
    arrays.exact(name + ".range", {range.low, range.high});
    arrays.texts(name + ".labels", colours[c].labels);
    arrays.texts(name + ".note", {colours[c].note});
  }
  const auto flat = [](const std::vector<Rgb>& list) {
    std::vector<unsigned char> bytes;
    for (const Rgb& colour : list) bytes.insert(bytes.end(), colour.begin(), colour.end());
    return bytes;
  };
  arrays.bytes("ramp.0", flat(ramp(ColourKind::sequential)));
  arrays.bytes("ramp.1", flat(ramp(ColourKind::diverging)));
  arrays.bytes("ramp.2", flat(category_colours()));
  if (content.observed) add_cloud(arrays, "observed", *content.observed, colours, &Colour::observed, bounds);
  if (content.predicted) add_cloud(arrays, "predicted", *content.predicted, colours, &Colour::predicted, bounds);
  return arrays.markup();
}

std::vector<std::pair<std::string, std::string>> cell_fields(const Content& content) {
  std::string options;
  for (std::size_t c = 0; c < content.colours.size(); ++c)
    options += "<option value=\"" + std::to_string(c) + "\">" + escaped(content.colours[c].name) + "</option>";
  const bool both = content.observed && content.predicted;
  const std::string doubt = doubt_of(content).reason;
  return {{"colours", options},
          {"view", both ? "" : " hidden"},
          {"doubt", doubt.empty() ? "" : "<p class=\"note doubt\">" + escaped(doubt) + "</p>"},
          {"note", escaped("Dimensions " + content.axes[0] + " and " + content.axes[1] + "." + seen_note(content) +
                           sampling_note(content) + outside_note(content))}};
}

}  // namespace instar::report
