"""Transport maps of instar-couplings beside those of WOT's and moscot's own solvers, on the same cells, cost, entropy and
penalty: row-normalised maps correlate by at least .99. See docs/maps.md.

    check_maps.py FOLDER [--growth-scale DELTA]

FOLDER holds pca.h5ad and the maps of couplings --scale none: balanced/ (--path ot), unbalanced/ (--growth-scale DELTA), and
where wanted defaults/, compared with what WOT and moscot make by theirs, which is another problem.
"""

import argparse
import os
import sys
import warnings

import anndata
import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

warnings.simplefilter("ignore")
from moscot.problems.time import TemporalProblem  # noqa: E402
from wot.ot.optimal_transport import optimal_transport_duality_gap  # noqa: E402

SAME = .99
BLUR = .05


def of_wot(cost, epsilon, penalty, penalty_later):
    """WOT's solver with one growth rate for all cells; its default parameters but for the tolerance."""
    return optimal_transport_duality_gap(cost, np.ones(len(cost)), penalty, penalty_later, epsilon, batch_size=5,
                                         tolerance=1e-6, tau=1e4, epsilon0=1, max_iter=100000)


def of_moscot(cells, pair, cost, epsilon, tau):
    there = cells[cells.obs["time"].isin(pair)].copy()
    there.obs["time"] = there.obs["time"].cat.remove_unused_categories()
    problem = TemporalProblem(there).prepare(time_key="time", joint_attr="X_pca")
    names = [there.obs_names[there.obs["time"] == time] for time in pair]
    problem[pair].set_xy(pd.DataFrame(cost, index=names[0], columns=names[1]), tag="cost_matrix")
    problem = problem.solve(epsilon=epsilon, tau_a=tau, tau_b=tau, scale_cost=1.0, threshold=1e-4, max_iterations=10000)
    return np.asarray(problem.solutions[pair].transport_matrix, dtype=float)


def correlation(one, other):
    rows = [map_ / map_.sum(1, keepdims=True) for map_ in (one, other)]
    return np.corrcoef(rows[0].ravel(), rows[1].ravel())[0, 1]


def to_later_masses(plan):
    """What of each later cell comes from which earlier one: instar's maps say that."""
    return plan / plan.sum(0, keepdims=True)


class Comparison:
    """Correlations as they are found, printed; those of the same problem are to reach .99."""

    def __init__(self):
        self.found = []

    def say(self, pair, problem, peer, value, same=True):
        self.found.append(value >= SAME or not same)
        print(f"{pair[0]:g} to {pair[1]:g}  {problem:<34} {peer:<7} {value:.4f}" +
              ("" if not same else "  same problem" if self.found[-1] else "  BELOW .99"), flush=True)


def compare_balanced(comparison, cells, pair, ours, squared):
    squared = squared / squared.mean()
    comparison.say(pair, "balanced", "moscot", correlation(ours, of_moscot(cells, pair, squared, BLUR, 1.0)))
    comparison.say(pair, "balanced, WOT's penalty 50", "WOT", correlation(ours, of_wot(squared, BLUR, 50, 50)))


def compare_unbalanced(comparison, cells, pair, ours, squared, growth_scale):
    distance = np.sqrt(squared)
    within = distance < np.pi * growth_scale
    cone = np.full(distance.shape, 1e3)  # beyond reach: no mass goes there
    cone[within] = -2 * np.log(np.cos(distance[within] / (2 * growth_scale)))
    epsilon = BLUR * cone[within].mean()
    plans = {"WOT": of_wot(cone, epsilon, 1, 1), "moscot": of_moscot(cells, pair, cone, epsilon, 1 / (1 + epsilon))}
    for peer, plan in plans.items():
        comparison.say(pair, "unbalanced, the same masses", peer, correlation(ours, to_later_masses(plan)))
        comparison.say(pair, "unbalanced, plans as they are", peer, correlation(ours, plan), same=False)


def compare_defaults(comparison, cells, pair, ours, squared):
    plans = {"WOT": of_wot(squared / np.median(squared), .05, 1, 50),
             "moscot": of_moscot(cells, pair, squared / squared.mean(), 1e-3, 1.0)}
    for peer, plan in plans.items():
        comparison.say(pair, "each program's defaults", peer, correlation(ours, plan), same=False)


def main():
    parser = argparse.ArgumentParser(description="compares transport maps with WOT's and moscot's")
    parser.add_argument("folder")
    parser.add_argument("--growth-scale", type=float, default=5)
    arguments = parser.parse_args()
    os.chdir(arguments.folder)
    cells = anndata.read_h5ad("pca.h5ad")
    cells.obs["time"] = cells.obs["time"].astype("category")
    times = list(cells.obs["time"].cat.categories)
    comparison = Comparison()
    for pair in zip(times, times[1:]):
        def ours(folder, name=f"tmaps_{pair[0]:g}_{pair[1]:g}.h5ad"):
            return anndata.read_h5ad(f"{folder}/{name}").X.toarray().astype(float)

        x, y = (cells.obsm["X_pca"][cells.obs["time"] == time] for time in pair)
        squared = cdist(x, y, "sqeuclidean")
        compare_balanced(comparison, cells, pair, ours("balanced"), squared)
        compare_unbalanced(comparison, cells, pair, ours("unbalanced"), squared, arguments.growth_scale)
        if os.path.isdir("defaults"):
            compare_defaults(comparison, cells, pair, ours("defaults"), squared)
    if not all(comparison.found):
        sys.exit(f"{comparison.found.count(False)} of {len(comparison.found)} correlations are below {SAME}")


if __name__ == "__main__":
    main()
