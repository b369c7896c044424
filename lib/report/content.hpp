#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/snapshots.hpp"
#include "core/types.hpp"

namespace instar::report {

/// Cells or particles in the two dimensions that are shown.
struct Cloud {
  core::Snapshots snapshots;        ///< coordinates [n, 2] in units of the file, grouped by time
  Matrix velocity;                  ///< [n, 2] per unit of time, NaN where unknown; empty: none
  std::vector<double> weight;       ///< [n] relative to the start; empty: all 1
  std::vector<double> growth;       ///< [n] per unit of time, NaN where unknown; empty: none
  std::vector<std::string> names;   ///< [n] a cell's own name, a particle's start cell; empty: none
  std::vector<double> origin_time;  ///< [n] of particles; empty: cells
  Index total = 0;                  ///< rows before any were left out by sampling; 0: all are here

  Index rows() const { return snapshots.coordinates.rows(); }
};

enum class ColourKind { sequential, diverging, categorical };

/// Something that points are coloured by. Categories are codes into `labels`.
struct Colour {
  std::string name;
  ColourKind kind = ColourKind::sequential;
  std::vector<double> observed;   ///< [cells] NaN: none; empty: not known of cells
  std::vector<double> predicted;  ///< [particles] NaN: none; empty: not known of particles
  std::vector<std::string> labels = {};
  std::string note = {};  ///< a sentence on where the values come from; may be empty
  bool extra = false;     ///< asked for by the user, not time, growth or weight
};

/// One line of a held-out evaluation: a method's distance to the cells of a time it has not seen.
struct ScoreRow {
  double time = 0;
  std::string method;
  std::string from;
  bool baseline = false;
  std::vector<double> value;  ///< [metrics] NaN: none
  std::vector<double> low;    ///< [metrics] 95 % interval; empty: none
  std::vector<double> high;
  std::string seed = {};   ///< as the table has it
  std::string tuned = {};  ///< the setting that was chosen for it; may be empty
};

struct Scores {
  std::vector<std::string> metrics;  ///< w1, w2, mmd, energy, in that order
  std::vector<ScoreRow> rows;
  std::string caution = {};  ///< a reason to doubt them all; may be empty
};

/// The log of a fit, an entry per step.
struct Training {
  std::vector<double> step;
  std::vector<double> loss;
  std::vector<double> validation;  ///< NaN where none was computed
  std::vector<double> member;      ///< network of an ensemble, 0 for a single one
};

/// What an output says about its making: a title and lines of name and value.
struct Source {
  std::string title;
  std::vector<std::pair<std::string, std::string>> lines;
};

/// Everything a report can show. What is absent is left out of the page.
struct Content {
  std::string title;
  std::string basis;                  ///< `X_pca`
  std::vector<std::string> axes;      ///< names of the two dimensions
  std::string time_unit;              ///< `day`; empty where unknown
  std::vector<double> fitted_times;   ///< of the model; empty: no model
  std::vector<double> fitted_masses;  ///< [fitted_times] population sizes; empty: no model with growth
  std::vector<double> excluded;       ///< times that the model has not seen
  std::optional<Cloud> observed;
  std::optional<Cloud> predicted;
  std::vector<Colour> colours;  ///< the first is shown first
  std::optional<Colour> label;  ///< categories of cells for growth by label
  std::optional<Scores> scores;
  std::optional<Training> training;
  std::vector<Source> provenance;
};

/// Whether row i of every time is the same particle, so that it can be followed.
bool same_particles(const Cloud& cloud);

/// `day 3`; `time 3` where the unit is unknown.
std::string time_text(const std::string& unit, double time);

/// `time (day)`; `time` where the unit is unknown.
std::string time_title(const Content& content);

/// `growth per day`.
std::string rate_title(const Content& content);

/// A colour's name with its unit, where that is known.
std::string colour_title(const Content& content, const Colour& colour);

/// A whole number with separators of thousands: `16,821`.
std::string grouped(std::int64_t number);

}  // namespace instar::report
