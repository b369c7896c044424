#include "shared/score_input.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/time_label.hpp"
#include "io/times.hpp"
#include "shared/embedding.hpp"

namespace instar::tools {
namespace {

/// instar-predict names the coordinates of a model of X themselves X_X, since every embedding has a name.
constexpr const char* kMatrixBasis = "X_X";

bool has_basis(const io::H5adFile& file, const std::string& basis) {
  if (basis != "X") return file.has_obsm(basis);
  return file.has_obsm(kMatrixBasis) || file.matrix_info({}).has_value();
}

Vector read_weights(const io::H5adFile& file) {
  const io::Column column = file.obs("weight");
  if (column.numbers.size() != static_cast<std::size_t>(file.n_obs()))
    throw DataError({file.path(), "obs/weight"}, "expected numbers, found text");
  Vector weights = Eigen::Map<const Vector>(column.numbers.data(), file.n_obs());
  for (Index i = 0; i < weights.size(); ++i) {
    if (!(weights[i] >= 0) || !std::isfinite(weights[i]))
      throw DataError({file.path(), "obs/weight"}, "expected finite weights of at least 0, found " +
                                                       core::format_number(weights[i]) + " in cell '" +
                                                       file.obs_names()[static_cast<std::size_t>(i)] + "'");
  }
  return weights;
}

}  // namespace

ScoreInput read_score_input(const io::H5adFile& file, const std::string& basis, const std::string& time_key,
                            bool weighted) {
  const bool predicted_matrix = basis == "X" && file.has_obsm(kMatrixBasis);
  Matrix coordinates = read_coordinates(file, predicted_matrix ? kMatrixBasis : basis, 0);
  ScoreInput input;
  const io::CellTimes times = io::read_times(file, time_key);
  input.unit = times.unit.empty() ? file.uns_text("instar/time_unit").value_or("") : times.unit;
  input.snapshots = core::make_snapshots(std::move(coordinates), times.values);
  for (const auto& cells : input.snapshots.cells) {
    for (const Index cell : cells) {
      if (input.snapshots.coordinates.row(cell).allFinite()) continue;
      throw DataError({file.path(), basis_path(basis)}, "expected finite coordinates, found others in cell '" +
                                                            file.obs_names()[static_cast<std::size_t>(cell)] + "'");
    }
  }
  input.weights = weighted && file.has_obs("weight") ? read_weights(file) : Vector::Ones(file.n_obs());
  return input;
}

std::string common_basis(const io::H5adFile& predicted, const io::H5adFile& truth) {
  // A prediction is of one embedding; where TRUTH lacks it, reading it says so, rather than that something else is
  // compared.
  if (const auto noted = predicted.uns_text("instar/basis")) return *noted;
  if (predicted.has_obsm("X_pca") && truth.has_obsm("X_pca")) return "X_pca";
  std::vector<std::string> shared;
  std::string listed;
  for (const std::string& name : predicted.obsm()) {
    if (name.starts_with("X_") && truth.has_obsm(name)) shared.push_back(name);
    listed += (listed.empty() ? "" : ", ") + name;
  }
  if (shared.size() == 1) return shared.front();
  if (shared.empty() && has_basis(predicted, "X") && has_basis(truth, "X")) return "X";
  throw DataError({truth.path(), "obsm"},
                  "expected an embedding that " + predicted.path() + " has too (" + (listed.empty() ? "none" : listed) +
                      "), found " + (shared.empty() ? "none" : "several"),
                  "name it with --basis");
}

bool is_prediction(const io::H5adFile& file) { return file.uns_numbers("instar/mass_times").has_value(); }

std::string true_time_key(const io::H5adFile& truth, const std::string& given) {
  if (!given.empty()) return given;
  return truth.uns_text("instar/time_key").value_or("time");
}

std::string predicted_time_key(const io::H5adFile& predicted, const std::string& given) {
  if (const auto noted = predicted.uns_text("instar/time_key")) return *noted;
  return !given.empty() && predicted.has_obs(given) ? given : "time";
}

math::Cloud cloud_at(const ScoreInput& input, std::size_t time, Index dims, const std::optional<am::Scaling>& scaling) {
  const std::vector<Index>& cells = input.snapshots.cells[time];
  math::Cloud cloud{core::take_rows(input.snapshots.coordinates, cells), Vector(static_cast<Index>(cells.size()))};
  if (scaling) cloud.points = scaling->apply(cloud.points.leftCols(scaling->center.size()));
  cloud.points = cloud.points.leftCols(dims).eval();
  for (std::size_t i = 0; i < cells.size(); ++i) cloud.weights[static_cast<Index>(i)] = input.weights[cells[i]];
  return cloud;
}

std::optional<double> predicted_mass(const io::H5adFile& predicted, double time) {
  const auto times = predicted.uns_numbers("instar/mass_times");
  const auto masses = predicted.uns_numbers("instar/mass_predicted");
  if (!times || !masses || times->size() != masses->size()) return std::nullopt;
  for (std::size_t k = 0; k < times->size(); ++k)
    if (core::find_time({(*times)[k]}, time) == 0) return (*masses)[k];
  return std::nullopt;
}

std::optional<double> true_mass(const io::H5adFile& predicted, Index cells) {
  const auto rule = predicted.uns_text("instar/mass");
  if (rule == "uniform") return 1;
  const auto first = predicted.uns_numbers("instar/cells_first");
  if (rule == "cells" && first && first->size() == 1 && first->front() > 0)
    return static_cast<double>(cells) / first->front();
  return std::nullopt;
}

}  // namespace instar::tools
