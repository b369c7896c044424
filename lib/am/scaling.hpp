#pragma once

#include <string>
#include <vector>

#include "core/types.hpp"

namespace instar::am {

/// How coordinates are brought to a common scale before anything is fitted.
enum class ScaleKind {
  whiten,  ///< every dimension centred and divided by its standard deviation
  global,  ///< every dimension centred, all divided by the largest standard deviation
  none     ///< as they are
};

ScaleKind parse_scale_kind(const std::string& word);  ///< @throws UsageError
std::string to_string(ScaleKind kind);

/// scaled = (x - center) / scale, per dimension. Growth scale, sigma and scores are in scaled units; files hold
/// unscaled ones.
struct Scaling {
  ScaleKind kind = ScaleKind::none;
  Vector center;  ///< [d]
  Vector scale;   ///< [d], > 0

  Matrix apply(const MatrixView& x) const;
  Matrix undo(const MatrixView& scaled) const;
};

/// @param coordinates [n, d]; @param rows those that define centre and scale (standard deviations with ddof = 0)
/// @throws DataError where a dimension is constant and has to be divided by its standard deviation
Scaling fit_scaling(const MatrixView& coordinates, const std::vector<Index>& rows, ScaleKind kind);
/// The same from what those rows come to. @param mean, variance [d]
Scaling make_scaling(const Vector& mean, const Vector& variance, ScaleKind kind);

}  // namespace instar::am
