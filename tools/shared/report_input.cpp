#include "shared/report_input.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "am/predict.hpp"
#include "core/error.hpp"
#include "core/format.hpp"
#include "shared/annotation.hpp"
#include "shared/embedding.hpp"
#include "shared/fitted_model.hpp"
#include "shared/provenance.hpp"
#include "shared/report_colours.hpp"
#include "shared/report_tables.hpp"
#include "shared/score_input.hpp"
#include "shared/seen_times.hpp"

namespace instar::tools {
namespace {

using Axes = std::pair<Index, Index>;

Axes parse_axes(const std::vector<std::string>& words) {
  std::vector<Index> axes;
  for (const auto& word : words) {
    Index axis = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), axis);
    if (error == std::errc{} && end == word.data() + word.size() && axis >= 1) axes.push_back(axis - 1);
  }
  if (axes.size() != 2 || words.size() != 2 || axes[0] == axes[1])
    throw UsageError("--axes: expected two different dimensions counted from 1, as 1,2");
  return {axes[0], axes[1]};
}

Matrix two_columns(const Matrix& all, const Axes& axes, const std::vector<Index>& rows) {
  Matrix two(static_cast<Index>(rows.size()), 2);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    two(static_cast<Index>(i), 0) = all(rows[i], axes.first);
    two(static_cast<Index>(i), 1) = all(rows[i], axes.second);
  }
  return two;
}

void check_axes(const Axes& axes, Index dims, const std::string& path, const std::string& basis) {
  if (std::max(axes.first, axes.second) >= dims)
    throw DataError({path, basis_path(basis)},
                    "expected at least " + std::to_string(std::max(axes.first, axes.second) + 1) +
                        " dimensions, found " + std::to_string(dims),
                    "choose others with --axes");
}

template <class T>
std::vector<T> at_rows(const std::vector<T>& values, const std::vector<Index>& rows) {
  std::vector<T> result;
  for (const Index row : rows) result.push_back(values[static_cast<std::size_t>(row)]);
  return result;
}

std::optional<std::vector<double>> numbers_in(const io::H5adFile& file, const std::string& key) {
  if (!file.has_obs(key)) return std::nullopt;
  std::vector<double> numbers = file.obs(key).numbers;
  if (numbers.size() != static_cast<std::size_t>(file.n_obs())) return std::nullopt;
  return numbers;
}

/// The observed cells: those with a time, from the file and what the model or instar-annotate says of them.
class Observed {
 public:
  Observed(const EmbeddingRequest& request, const FittedModel* fitted, const Axes& axes, core::Reporter& reporter)
      : embedding_(read_embedding(request, reporter)) {
    const core::Snapshots& all = embedding_.snapshots;
    check_axes(axes, all.dims(), request.input, request.basis);
    for (std::size_t i = 0; i < all.cell_times.size(); ++i)
      if (std::isfinite(all.cell_times[i])) shown_.rows.push_back(static_cast<Index>(i));
    shown_.file = &embedding_.file;
    cloud_.snapshots =
        core::make_snapshots(two_columns(all.coordinates, axes, shown_.rows), at_rows(all.cell_times, shown_.rows));
    cloud_.names = at_rows(embedding_.file.obs_names(), shown_.rows);
    const std::string velocity = velocity_key(request.basis);
    if (fitted != nullptr) {
      warn_of_other_coordinates(*fitted, embedding_.file, all, reporter);
      const am::FieldValues values = annotate(fitted->model, all, false).values;
      cloud_.velocity = two_columns(values.velocity, axes, shown_.rows);
      if (fitted->model.has_growth())
        cloud_.growth = at_rows(std::vector<double>(values.growth.begin(), values.growth.end()), shown_.rows);
      return;
    }
    if (embedding_.file.has_obsm(velocity)) {
      const Matrix stored = embedding_.file.obsm(velocity);
      if (std::max(axes.first, axes.second) < stored.cols()) cloud_.velocity = two_columns(stored, axes, shown_.rows);
    }
    if (const auto growth = numbers_in(embedding_.file, "growth_rate")) cloud_.growth = at_rows(*growth, shown_.rows);
  }

  const ShownFile& shown() const { return shown_; }
  const report::Cloud& cloud() const { return cloud_; }
  const std::string& time_unit() const { return embedding_.times.unit; }
  /// Position of a row of the file among the cells shown, and its time; -1 where it is not shown.
  Index place_of(Index row) const {
    const auto at = std::lower_bound(shown_.rows.begin(), shown_.rows.end(), row);
    return at != shown_.rows.end() && *at == row ? at - shown_.rows.begin() : -1;
  }

 private:
  Embedding embedding_;
  ShownFile shown_;
  report::Cloud cloud_;
};

/// The predicted cells of instar-predict.
class Predicted {
 public:
  Predicted(const std::string& path, const std::string& basis, const Axes& axes) : file_(path) {
    if (!is_prediction(file_) && !file_.has_obs("origin"))
      throw DataError({path, "uns/instar"}, "expected the predicted cells of instar-predict, found other cells",
                      "observed cells go to --data");
    ScoreInput input = read_score_input(file_, basis, predicted_time_key(file_, ""), true);
    check_axes(axes, input.snapshots.dims(), path, basis);
    for (Index i = 0; i < file_.n_obs(); ++i) shown_.rows.push_back(i);
    shown_.file = &file_;
    cloud_.snapshots = core::make_snapshots(two_columns(input.snapshots.coordinates, axes, shown_.rows),
                                            std::move(input.snapshots.cell_times));
    cloud_.weight.assign(input.weights.begin(), input.weights.end());
    const std::string velocity = velocity_key(basis);
    if (file_.has_obsm(velocity)) cloud_.velocity = two_columns(file_.obsm(velocity), axes, shown_.rows);
    if (const auto growth = numbers_in(file_, "growth")) cloud_.growth = *growth;
    const auto origin = numbers_in(file_, "origin");
    if (!origin) {
      cloud_.names = file_.obs_names();
      return;
    }
    for (const double row : *origin) cloud_.names.push_back("cell " + core::format_number(row));
    if (const auto times = numbers_in(file_, "origin_time")) cloud_.origin_time = *times;
  }

  /// Finds every particle's start cell among the observed ones. @returns false where they do not belong together
  bool find_origins(const Observed& observed) {
    const auto origin = numbers_in(file_, "origin");
    if (!origin || cloud_.origin_time.empty()) return false;
    std::vector<Index> places;
    for (std::size_t i = 0; i < origin->size(); ++i) {
      const Index place = observed.place_of(static_cast<Index>((*origin)[i]));
      if (place < 0) return false;
      const double time = observed.cloud().snapshots.cell_times[static_cast<std::size_t>(place)];
      if (core::find_time({time}, cloud_.origin_time[i]) != 0) return false;
      places.push_back(place);
    }
    origins_ = std::move(places);
    cloud_.names = at_rows(observed.cloud().names, origins_);
    return true;
  }

  const ShownFile& shown() const { return shown_; }
  const report::Cloud& cloud() const { return cloud_; }
  const std::vector<Index>& origins() const { return origins_; }
  const io::H5adFile& file() const { return file_; }

 private:
  io::H5adFile file_;
  ShownFile shown_;
  report::Cloud cloud_;
  std::vector<Index> origins_;
};

/// What every report can be coloured by: time; growth and weight where they are known.
std::vector<report::Colour> common_colours(const report::Content& content) {
  std::vector<report::Colour> colours;
  const auto times = [](const std::optional<report::Cloud>& cloud) {
    return cloud ? cloud->snapshots.cell_times : std::vector<double>{};
  };
  const auto growth = [](const std::optional<report::Cloud>& cloud) {
    return cloud ? cloud->growth : std::vector<double>{};
  };
  colours.push_back(
      {"time", report::ColourKind::sequential, times(content.observed), times(content.predicted), {}, "", false});
  if (!growth(content.observed).empty() || !growth(content.predicted).empty())
    colours.push_back({"growth",
                       report::ColourKind::diverging,
                       growth(content.observed),
                       growth(content.predicted),
                       {},
                       "Growth is d log w / dt, per unit of time.",
                       false});
  if (content.predicted && !content.predicted->weight.empty())
    colours.push_back({"weight",
                       report::ColourKind::sequential,
                       {},
                       content.predicted->weight,
                       {},
                       "A weight is how many cells a predicted one stands for, 1 where it started.",
                       false});
  return colours;
}

std::string basis_of(const ReportRequest& request, const am::Model* model, const std::string& noted) {
  if (model != nullptr && !request.basis.empty() && request.basis != model->basis)
    throw UsageError("--basis: the model was fitted on " + model->basis + "; its velocities are not those of " +
                     request.basis);
  if (!request.basis.empty()) return request.basis;
  if (model != nullptr) return model->basis;
  return noted.empty() ? "X_pca" : noted;
}

std::string title_of(const ReportRequest& request) {
  if (!request.title.empty()) return request.title;
  for (const auto* path : {&request.data, &request.predictions, &request.holdout, &request.model, &request.log})
    if (!path->empty() && *path != "-") return std::filesystem::path(*path).stem().string();
  return "Time course";
}

std::vector<std::string> axis_names(const std::string& basis, const Axes& axes) {
  std::string stem = basis == "X_pca" ? "PC" : basis;
  if (stem.starts_with("X_")) stem = stem.substr(2) + " ";
  if (basis == "X") stem = "X ";
  return {stem + std::to_string(axes.first + 1), stem + std::to_string(axes.second + 1)};
}

/// Colours and labels come last: they need both kinds of cells.
void add_colours(report::Content& content, const ReportRequest& request, const std::optional<Observed>& observed,
                 const std::optional<Predicted>& predicted) {
  const ShownFile none;
  const ShownFile& cells = observed ? observed->shown() : none;
  const ShownFile& particles = predicted ? predicted->shown() : none;
  const auto origins = predicted ? predicted->origins() : std::vector<Index>{};
  const auto common = common_colours(content);
  for (const auto& key : request.colours) {
    const auto known = std::find_if(common.begin(), common.end(), [&](const auto& c) { return c.name == key; });
    content.colours.push_back(known != common.end() ? *known : read_colour(key, cells, particles, origins));
  }
  for (const auto& colour : common) {
    const auto same = [&](const auto& c) { return c.name == colour.name; };
    if (std::none_of(content.colours.begin(), content.colours.end(), same)) content.colours.push_back(colour);
  }
  if (!request.label.empty()) {
    content.label = read_colour(request.label, cells, none, {});
    if (content.label->kind != report::ColourKind::categorical)
      throw DataError({request.data, "obs/" + request.label}, "expected groups of cells, found numbers",
                      "name a column of categories or text");
    return;
  }
  for (const auto& colour : content.colours)
    if (colour.kind == report::ColourKind::categorical && !content.label) content.label = colour;
}

/// Why the scores may be too good, where the components may have seen what was held out. A table does not say what it
/// was made from: the model's basis, else X_pca, from which instar-holdout starts unless told otherwise.
std::string caution_of(const report::Scores& scores, const io::H5adFile& file, const std::string& basis) {
  std::vector<double> times;
  for (const auto& row : scores.rows) times.push_back(row.time);
  const std::vector<double> seen = times_seen_by(file, basis, times);
  if (seen.empty()) return "";
  return "Scores may be too good: " + doubt_of_components(file, basis, seen) +
         ". If holdout was not run with --refit-pca, make other components with instar pca -t KEY --exclude-times " +
         flag_of_times(seen) + " and hold out again.";
}

EmbeddingRequest cells_wanted(const ReportRequest& request, const std::string& basis, const am::Model* model) {
  EmbeddingRequest wanted{request.data, basis, 0, request.time_key, true};
  if (model != nullptr) use_model(wanted, *model);
  if (wanted.time_key.empty()) wanted.time_key = true_time_key(io::H5adFile(request.data), "");
  return wanted;
}

}  // namespace

report::Content read_report(const ReportRequest& request, const cli::Context& context) {
  const Axes axes = parse_axes(request.axes);
  report::Content content;
  content.title = title_of(request);
  std::optional<FittedModel> fitted;
  if (!request.model.empty()) fitted = read_model(request.model);
  const am::Model* model = fitted ? &fitted->model : nullptr;
  std::string noted;
  if (!request.predictions.empty()) noted = io::H5adFile(request.predictions).uns_text("instar/basis").value_or("");
  content.basis = basis_of(request, model, noted);
  content.axes = axis_names(content.basis, axes);

  std::optional<Observed> observed;
  std::optional<Predicted> predicted;
  if (!request.data.empty()) {
    observed.emplace(cells_wanted(request, content.basis, model), fitted ? &*fitted : nullptr, axes, context.reporter);
    content.time_unit = observed->time_unit();
  }
  if (!request.predictions.empty()) {
    predicted.emplace(request.predictions, content.basis, axes);
    if (content.time_unit.empty()) content.time_unit = predicted->file().uns_text("instar/time_unit").value_or("");
    if (observed && !predicted->find_origins(*observed))
      context.reporter.warning(request.predictions + " does not start from the cells of " + request.data +
                               "; its cells are shown without their names and labels");
    content.predicted = predicted->cloud();
  }
  if (observed) content.observed = observed->cloud();
  if (content.observed || content.predicted) add_colours(content, request, observed, predicted);

  if (!request.holdout.empty()) {
    content.scores = read_scores(request.holdout);
    content.provenance.push_back(source_of(*content.scores, request.holdout));
    if (observed) {
      const io::H5adFile& file = *observed->shown().file;
      const bool usual = !fitted && file.has_obsm("X_pca");
      content.scores->caution = caution_of(*content.scores, file, usual ? "X_pca" : content.basis);
    }
  }
  if (!request.log.empty()) content.training = read_training(request.log);
  if (model != nullptr) {
    content.fitted_times = model->times;
    if (model->has_growth()) content.fitted_masses = model->masses;
    content.excluded = model->excluded;
    if (content.time_unit.empty()) content.time_unit = model->time_unit_name;
    content.provenance.push_back(source_of(*model, request.model));
  }
  for (const auto* file : {observed ? observed->shown().file : nullptr, predicted ? &predicted->file() : nullptr})
    if (file != nullptr)
      for (auto& source : sources_in(*file)) content.provenance.push_back(std::move(source));
  if (!context.common.no_provenance)
    content.provenance.push_back(source_of("This page: instar-report", provenance(context)));
  return content;
}

}  // namespace instar::tools
