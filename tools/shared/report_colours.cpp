#include "shared/report_colours.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "core/error.hpp"

namespace instar::tools {
namespace {

using report::Colour;
using report::ColourKind;

/// Values of some rows of a column: numbers, or codes into labels.
struct Values {
  std::vector<double> numbers;
  std::vector<std::string> labels;  ///< empty: numbers are numbers
};

/// How a missing label looks once Python has made it text; `none` and `NA` can be groups.
bool is_no_label(const std::string& text) { return text.empty() || text == "nan" || text == "<NA>"; }

Values of_categories(const io::Column& column) {
  Values values;
  std::vector<double> place;
  for (const auto& label : column.categories) {
    place.push_back(is_no_label(label) ? std::nan("") : static_cast<double>(values.labels.size()));
    if (!is_no_label(label)) values.labels.push_back(label);
  }
  for (const auto code : column.codes)
    values.numbers.push_back(code < 0 ? std::nan("") : place[static_cast<std::size_t>(code)]);
  return values;
}

Values all_values(const io::Column& column) {
  Values values;
  const auto n = static_cast<std::size_t>(column.size());
  const auto missing = [&](std::size_t i) {
    return (!column.missing.empty() && column.missing[i]) || is_no_label(column.text[i]);
  };
  switch (column.kind) {
    case io::Column::Kind::number:
      values.numbers = column.numbers;
      break;
    case io::Column::Kind::boolean:
      values.numbers = column.numbers;
      values.labels = {"no", "yes"};
      break;
    case io::Column::Kind::category:
      values = of_categories(column);
      break;
    case io::Column::Kind::text: {
      std::map<std::string, double> codes;
      for (std::size_t i = 0; i < n; ++i)
        if (!missing(i)) codes.emplace(column.text[i], 0);
      for (auto& [label, code] : codes) {
        code = static_cast<double>(values.labels.size());
        values.labels.push_back(label);
      }
      for (std::size_t i = 0; i < n; ++i) values.numbers.push_back(missing(i) ? std::nan("") : codes[column.text[i]]);
      break;
    }
  }
  return values;
}

std::vector<double> chosen(const std::vector<double>& values, const std::vector<Index>& rows) {
  std::vector<double> result;
  result.reserve(rows.size());
  for (const Index row : rows) result.push_back(values[static_cast<std::size_t>(row)]);
  return result;
}

std::optional<Values> obs_values(const ShownFile& shown, const std::string& key) {
  if (shown.file == nullptr || !shown.file->has_obs(key)) return std::nullopt;
  Values values = all_values(shown.file->obs(key));
  values.numbers = chosen(values.numbers, shown.rows);
  return values;
}

/// A gene's column of X, read in blocks so that X never has to fit in memory.
std::optional<std::vector<double>> gene_values(const ShownFile& shown, const std::string& gene) {
  if (shown.file == nullptr || !shown.file->matrix_info({})) return std::nullopt;
  const auto names = shown.file->var_names();
  const auto at = std::find(names.begin(), names.end(), gene);
  if (at == names.end()) return std::nullopt;
  const auto wanted = static_cast<std::int32_t>(at - names.begin());
  std::vector<double> values(static_cast<std::size_t>(shown.file->n_obs()), 0.0);
  const auto blocks = shown.file->matrix({});
  core::RowBlock block;
  while (blocks->next(block))
    for (Index r = 0; r < block.rows(); ++r) {
      const auto begin = block.indices.begin() + block.indptr[static_cast<std::size_t>(r)];
      const auto end = block.indices.begin() + block.indptr[static_cast<std::size_t>(r) + 1];
      const auto found = std::lower_bound(begin, end, wanted);
      if (found != end && *found == wanted)
        values[static_cast<std::size_t>(block.first_row + r)] =
            block.values[static_cast<std::size_t>(found - block.indices.begin())];
    }
  return chosen(values, shown.rows);
}

/// Numbers on both sides of zero, neither side a mere tail, are shown around it.
ColourKind kind_of(const std::vector<double>& values) {
  double low = 0, high = 0;
  for (const double v : values) {
    if (!std::isfinite(v)) continue;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  return -low > .1 * high && high > -.1 * low ? ColourKind::diverging : ColourKind::sequential;
}

void add_origin_categories(Colour& colour, const std::vector<Index>& origins) {
  if (colour.kind != ColourKind::categorical || origins.empty() || colour.observed.empty()) return;
  colour.predicted = chosen(colour.observed, origins);
  colour.note = "Predicted cells have the " + colour.name + " of the cell they started from.";
}

}  // namespace

Colour read_colour(const std::string& key, const ShownFile& observed, const ShownFile& predicted,
                   const std::vector<Index>& origins) {
  Colour colour;
  colour.name = key;
  colour.extra = true;
  const auto cells = obs_values(observed, key), particles = obs_values(predicted, key);
  if (cells || particles) {
    colour.labels = cells ? cells->labels : particles->labels;
    if (cells) colour.observed = cells->numbers;
    if (particles && particles->labels == colour.labels) colour.predicted = particles->numbers;
    colour.kind =
        colour.labels.empty() ? kind_of(cells ? cells->numbers : particles->numbers) : ColourKind::categorical;
    if (colour.predicted.empty()) add_origin_categories(colour, origins);
    return colour;
  }
  const auto measured = gene_values(observed, key), decoded = gene_values(predicted, key);
  if (!measured && !decoded)
    throw DataError({(observed.file != nullptr ? observed.file : predicted.file)->path()},
                    "expected a column of obs or a gene named '" + key + "' to colour by, found none",
                    "instar info lists the columns");
  if (measured) colour.observed = *measured;
  colour.note = "Expression of " + key + " (X).";
  // A gene without loadings is decoded to one and the same number for all: that is no prediction.
  const bool took_part =
      decoded && std::adjacent_find(decoded->begin(), decoded->end(), std::not_equal_to<>()) != decoded->end();
  if (took_part) {
    colour.predicted = *decoded;
    colour.note = "Expression of " + key + ": measured (X), and decoded in predicted cells.";
  } else if (decoded) {
    colour.note += " It took no part in the components, so it is not predicted.";
  }
  return colour;
}

}  // namespace instar::tools
