#pragma once

#include <cstdint>
#include <vector>

#include "am/coupling.hpp"
#include "core/rng.hpp"
#include "core/types.hpp"

namespace instar::am {

/// How mass travels between two snapshots (method.md, section 4).
enum class PathKind {
  wfr,    ///< optimal unbalanced coupling, its exact geodesics
  ot,     ///< balanced optimal coupling, straight lines, log-linear mass
  linear  ///< independent coupling, straight lines, log-linear mass
};

PathKind parse_path_kind(const std::string& word);  ///< @throws UsageError
std::string to_string(PathKind kind);

/// The part of the path rho_t between two neighbouring snapshots; all in network units (see Model).
struct Interval {
  double begin = 0;  ///< network time of the earlier snapshot
  double end = 0;
  Matrix source;           ///< [n, d]
  Matrix target;           ///< [m, d]
  double source_mass = 1;  ///< total
  double target_mass = 1;
  PathKind path = PathKind::wfr;
  double growth_scale = 1;  ///< delta, for wfr
  Coupling coupling;        ///< unused for linear: every pair is as likely as any other
};

/// Samples of a path, one row each; what the loss is made of.
struct PathSamples {
  MatrixF inputs;    ///< [rows, 1 + d] time_factor * t, position
  MatrixF velocity;  ///< [rows, d] u
  VectorF growth;    ///< [rows] c
  VectorF weight;    ///< [rows] importance weight m_t / density * length of the interval

  PathSamples(Index rows, Index dims) : inputs(rows, dims + 1), velocity(rows, dims), growth(rows), weight(rows) {}
};

/// Draws from one interval: pairs in proportion to (p + q) / 2, times stratified over the interval.
class IntervalSampler {
 public:
  explicit IntervalSampler(Interval interval);

  /// Fills rows [first, first + count) of `out`, which are samples first_stratum ... of `strata` equal parts of the
  /// interval.
  void draw(core::Rng& rng, Index first_stratum, Index strata, double time_factor, Index first, Index count,
            PathSamples& out) const;
  const Interval& interval() const { return interval_; }

 private:
  Index pick_pair(double u) const;

  Interval interval_;
  std::vector<double> cumulative_;   ///< [pairs] of (p + q) / 2
  std::vector<std::int32_t> guide_;  ///< first pair whose cumulative mass exceeds each equal part of the total
};

}  // namespace instar::am
