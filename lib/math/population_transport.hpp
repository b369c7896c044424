#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "math/metrics.hpp"
#include "math/pair_scan.hpp"

namespace instar::math {

/// A transport cost between two populations, from samples of them.
struct PopulationCost {
  double value = 0;  ///< below 0 where the samples are nearer to each other than samples of one population
  double error = 0;  ///< standard error
};

/// Estimates the cost between the populations of two samples. That between the samples is
///     cost(a, b) = cost(P, Q) + linear terms of mean 0 + an excess R >= 0,
/// which is no noise, but falls slowly with the cells, the more slowly the more the dimensions. R is measured where the
/// truth is known: a similarity T moves every population optimally, so two disjoint parts x, x' of one sample give
///     R = cost(x, T x') - [sum f(x) + sum g(T x')],   f, g the potentials of T,
/// exactly. T is the one that brings the first cloud's mean and total variance to the second's. R is averaged over
/// `resamples` cuts in the proportion of the two clouds' cells, of the first cloud (moved by T) and of the second (by
/// its inverse), taken to fall as a power of the cells that is measured between these parts and their halves, carried
/// on to all cells, and averaged over both clouds by their cells.
///     squared distances:  value = cost(a, b) - R
///     distances:          value + R(value) = cost(a, b), the way of T stretched until it holds (two Newton steps),
/// for the excess of distances depends on how far things move: what goes far loses little by going to the wrong cell.
/// The linear terms' influence functions are the duals F of (a, b) (del Barrio and Loubes, Central limit theorems for
/// empirical transportation cost in general dimension, Ann. Probab. 47, 2019). Those of finite samples hold the excess
/// too: a cell that lies apart, or weighs much, has a larger one. The measured R answers to the same cell, by
///     r_i = its duals less its potentials in the cuts, averaged and carried on as R is,
/// so value's own influence is F - r; w normalised, over both clouds:
///     error^2 = sum_i w_i^2 (F_i - r_i - mean)^2 / (1 + dR/dvalue)^2.
/// (Deviation: measuring the excess on moved parts is new here. It is exact where Q is a similar image of P, else as
/// good as T is.) Same bytes for any number of threads.
/// @param a, b no weight 0; @param resamples >= 1
/// @returns nothing where the smaller cloud has fewer than 8 cells, or a cloud is all in one place
std::optional<PopulationCost> population_cost(const Cloud& a, const Cloud& b, GroundCost cost, std::int64_t resamples,
                                              std::uint64_t seed);

/// `count` of the rows that `order` names, from `first` on.
Cloud part_of(const Cloud& cloud, const std::vector<Index>& order, Index first, Index count);

}  // namespace instar::math
