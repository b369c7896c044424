#pragma once

#include <functional>
#include <string>
#include <vector>

#include "report/content.hpp"
#include "report/svg.hpp"

namespace instar::report {

/// Numbers behind a chart, for those who would rather read them.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

/// One chart: the page shows it in two widths, --figure writes it as a file.
struct Panel {
  std::string name;                       ///< `growth-time`; what --figure asks for
  std::string title;                      ///< a heading
  std::string caption;                    ///< what is shown and how to read it
  std::function<Svg(double width)> draw;  ///< [pixels]
  Table table;
  bool spreads = false;    ///< worth drawing as wide as the page, too
  std::string alias = {};  ///< another name that --figure takes; may be empty
};

/// Widths that panels are drawn for, pixels: the whole page, a column of it (and a figure), a telephone.
inline constexpr double kFull = 1160;
inline constexpr double kWide = 560;
inline constexpr double kNarrow = 336;

/// Held-out scores, a panel per metric: `scores` (W1), `scores-w2`, `scores-mmd`, `scores-energy`.
std::vector<Panel> score_panels(const Scores& scores, const Content& content);
/// Growth over predicted and observed time: `growth-time`.
std::vector<Panel> growth_panels(const Content& content);
/// Growth of the cells of each label: `growth-label`.
std::vector<Panel> label_panels(const Content& content);
/// A colour's mean over predicted and observed time: `trend-NAME`.
std::vector<Panel> trend_panels(const Content& content);
/// The loss over the steps of a fit: `training`.
std::vector<Panel> training_panels(const Content& content);
/// Observed above predicted cells, a column per observed time: `cells` in the first colour, `cells-NAME` in others
/// (and, as an alias, in the first).
/// Not on the page, which has them to move.
std::vector<Panel> cell_panels(const Content& content);

}  // namespace instar::report
