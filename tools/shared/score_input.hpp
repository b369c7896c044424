#pragma once

#include <optional>
#include <string>
#include <vector>

#include "am/scaling.hpp"
#include "core/snapshots.hpp"
#include "io/h5ad.hpp"
#include "math/metrics.hpp"

namespace instar::tools {

/// A file whose cells are to be compared with another's: coordinates, weights and times of all of them.
struct ScoreInput {
  core::Snapshots snapshots;
  Vector weights;    ///< [cells], 1 where the file has none
  std::string unit;  ///< of the times: of their labels, or as instar-predict noted it; empty where unknown
};

/// @param basis key of obsm, or X; @param time_key column of obs. @param weighted take obs[weight] where there is one
/// @throws DataError for coordinates or weights that are not finite (names the cell)
ScoreInput read_score_input(const io::H5adFile& file, const std::string& basis, const std::string& time_key,
                            bool weighted);

/// The basis that instar-predict noted in `predicted`; else the one that both files have: X_pca, else the only
/// embedding of `predicted` that `truth` has too, else X.
/// @throws DataError where there is none
std::string common_basis(const io::H5adFile& predicted, const io::H5adFile& truth);

/// Whether instar-predict wrote the file (it notes masses there).
bool is_prediction(const io::H5adFile& file);

/// The time column of the observed cells: `given`, else the one that an instar tool noted in the file, else `time`.
std::string true_time_key(const io::H5adFile& truth, const std::string& given);
/// The time column of the predicted cells: the one noted, else `given` where the file has it, else `time`.
std::string predicted_time_key(const io::H5adFile& predicted, const std::string& given);

/// The cells of one time, their leading `dims` dimensions, scaled where a scaling is given.
math::Cloud cloud_at(const ScoreInput& input, std::size_t time, Index dims, const std::optional<am::Scaling>& scaling);

/// Relative mass (first training time = 1) that instar-predict noted for `time`.
std::optional<double> predicted_mass(const io::H5adFile& predicted, double time);

/// True relative mass under the rule that the model was fitted with: 1 for `uniform`; for `cells` the number of cells
/// relative to the first training time. Nothing where masses were given (uns:, file:), or no rule was noted.
std::optional<double> true_mass(const io::H5adFile& predicted, Index cells);

}  // namespace instar::tools
