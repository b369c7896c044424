#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "am/coupling.hpp"
#include "core/rng.hpp"
#include "core/types.hpp"

namespace instar::am {

/// How mass travels between two snapshots (method.md, section 4).
enum class PathKind {
  wfr,       ///< optimal unbalanced coupling, its exact geodesics
  ot,        ///< balanced optimal coupling, straight lines, log-linear mass
  linear,    ///< independent coupling, straight lines, log-linear mass
  snapshots  ///< no motion between: a mixture of the two snapshots around each time
};

PathKind parse_path_kind(const std::string& word);  ///< @throws UsageError
std::string to_string(PathKind kind);

/// Cells of one time, [n, d] in network units; what two intervals, or two fits, have in common is there once.
using Cells = std::shared_ptr<const MatrixF>;
inline Cells make_cells(MatrixF cells) { return std::make_shared<const MatrixF>(std::move(cells)); }

/// The part of the path rho_t between two neighbouring snapshots; all in network units (see Model).
struct Interval {
  double begin = 0;  ///< network time of the earlier snapshot
  double end = 0;
  Cells source;            ///< [n, d]
  Cells target;            ///< [m, d]
  double source_mass = 1;  ///< total
  double target_mass = 1;
  PathKind path = PathKind::wfr;
  double growth_scale = 1;  ///< delta, for wfr
  double sigma = 0;         ///< of the Brownian bridges around the pairs' paths, per root of time; 0: none
  Coupling coupling;        ///< unused for linear: every pair is as likely as any other
};

/// What drawing geodesics works in; kept, so that a step allocates nothing.
struct SampleScratch {
  std::vector<Index> pair;
  std::vector<const float*> from, to;  ///< coordinates of a pair's cells
  std::vector<double> tau, place, squared, p, q, mass, growth, moved, speed;
  std::vector<double> x, y, position, velocity;  ///< [d], where samples are placed one by one
  void resize(Index count);
};

/// Samples of a path, one row each; what the loss is made of.
struct PathSamples {
  MatrixF inputs;    ///< [rows, 1 + d] time_factor * t, position
  MatrixF velocity;  ///< [rows, d] u; on a bridge its drift (x_1 - x_t) / (t_1 - t), for a straight path
  VectorF growth;    ///< [rows] c
  VectorF weight;    ///< [rows] importance weight m_t / density * length of the interval
  // Where there is noise: the position is another one plus deviation * noise.
  MatrixF noise;        ///< [rows, d] standard normal
  VectorF deviation;    ///< [rows]
  VectorF time_weight;  ///< [rows] 1 - tau: keeps the variance of the bridge's drift finite (method.md, section 3)
  SampleScratch scratch;

  PathSamples(Index rows, Index dims, bool noisy = false)
      : inputs(rows, dims + 1),
        velocity(rows, dims),
        growth(rows),
        weight(rows),
        noise(noisy ? rows : 0, dims),
        deviation(noisy ? rows : 0),
        time_weight(noisy ? rows : 0) {}
};

/// Draws from one interval: pairs in proportion to (p + q) / 2, times stratified over the interval.
class IntervalSampler {
 public:
  explicit IntervalSampler(Interval interval);

  /// Fills rows [first, first + count) of `out`, which are samples first_stratum ... of `strata` equal parts of the
  /// interval.
  void draw(core::Rng& rng, Index first_stratum, Index strata, double time_factor, Index first, Index count,
            PathSamples& out) const;
  /// Fills all rows of `out` at the times tau = (offset + k sqrt 2) mod 1, k = first_index ..., which cover the
  /// interval more evenly than chance does.
  void draw_sequence(core::Rng& rng, double offset, Index first_index, double time_factor, PathSamples& out) const;
  const Interval& interval() const { return interval_; }

 private:
  template <class TauOf>
  void fill(core::Rng& rng, double time_factor, Index first, Index count, PathSamples& out, const TauOf& tau_of) const;
  void draw_geodesics(double time_factor, Index first, Index count, PathSamples& out) const;
  Index search(Index from, double mass) const;
  std::size_t guide_of(double u) const { return static_cast<std::size_t>(u * static_cast<double>(guide_.size())); }
  void place(core::Rng& rng, double tau, double time_factor, Index row, PathSamples& out) const;
  std::pair<const float*, const float*> ends(const Coupling::Pair& pair) const;

  Interval interval_;
  std::vector<double> cumulative_;   ///< [pairs] of (p + q) / 2
  std::vector<std::int32_t> guide_;  ///< first pair whose cumulative mass exceeds each equal part of the total
};

/// The cells of one time; network units.
struct Slice {
  double time = 0;
  double mass = 1;  ///< total
  Cells cells;      ///< [n, d]
};

/// One end of the course, as its sampler holds it.
struct End {
  double time = 0;
  double mass = 1;
  const MatrixF* cells = nullptr;  ///< [n, d]
};

/// Draws observed cells only: those of time t are a mixture of the two snapshots around it, each in proportion to its
/// closeness in time, rho_t = (1 - tau) mu_k + tau mu_{k+1}. Over the course every snapshot so has the weight of the
/// trapezoid rule. Deviation from method.md, whose times are the snapshots' own: then nothing holds d_t s in between,
/// and the action sinks without end once the network can rise there and fall at the snapshots.
class SnapshotSampler {
 public:
  /// @param slices ascending in time, at least two
  explicit SnapshotSampler(std::vector<Slice> slices);
  /// Fills all rows of `out`, but for velocity and growth, which nothing is known of. Where `out` has noise: the
  /// position is that of the cell, and position - deviation * noise a blurred one, for the Laplacian.
  void draw(core::Rng& rng, double offset, Index first_index, double time_factor, PathSamples& out) const;
  const std::vector<Slice>& slices() const { return slices_; }

 private:
  std::vector<Slice> slices_;
};

/// Draws all rows of `out` from one end, evenly: rows first_stratum ... of `strata` equal parts. weight = mass *
/// sign.
void draw_boundary(core::Rng& rng, const End& end, double sign, Index first_stratum, Index strata, double time_factor,
                   PathSamples& out);

}  // namespace instar::am
