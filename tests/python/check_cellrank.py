"""CellRank's RealTimeKernel reads what instar-couplings wrote, its VelocityKernel what instar-annotate did, without a
warning about either.

    check_cellrank.py FOLDER
"""

import os
import sys
import warnings
from pathlib import Path

import anndata
import cellrank
import numba
import numpy as np
from blocks import blocks


# CellRank 2.0.7's own: keywords of numpy's testing that are going away, and the layout of its arrays.
OWN = [(DeprecationWarning, "Use of keyword argument `[xy]` is deprecated"), (numba.NumbaPerformanceWarning, "")]


def documented(there, lines):
    """Runs a block of docs/cellrank.md; a warning that is not CellRank's own fails. -> the kernel it makes"""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for category, message in OWN:
            warnings.filterwarnings("ignore", message, category)
        exec(lines, there)
    assert np.abs(there["kernel"].transition_matrix.sum(axis=1) - 1).max() < 1e-6
    return there["kernel"]


def check_velocities(name, kernel):
    times = kernel.adata.obs["time"].to_numpy(dtype=float)
    ahead = (kernel.transition_matrix @ times - times)[times < times.max()].mean()
    assert ahead > 0, (name, ahead)
    print(f"CellRank {cellrank.__version__}, VelocityKernel on {name}: steps lead {ahead:.3f} of time ahead")


def main():
    os.chdir(sys.argv[1])
    embedded, expressed, transport = blocks("cellrank.md")
    there = {}
    check_velocities("obsm", documented(there, embedded))
    check_velocities("layers", documented(there, expressed))
    kernel = documented(there, transport)
    kernel.compute_transition_matrix(threshold=None)
    check_maps(there["adata"], kernel.transition_matrix)


def check_maps(cells, transitions):
    assert transitions.shape == (cells.n_obs, cells.n_obs)
    assert np.abs(transitions.sum(axis=1) - 1).max() < 1e-6
    times = list(cells.obs["time"].cat.categories)
    for earlier, later in zip(times, times[1:]):
        there = anndata.read_h5ad(Path("maps") / f"tmaps_{earlier:g}_{later:g}.h5ad")
        rows, columns = cells.obs_names.get_indexer(there.obs_names), cells.obs_names.get_indexer(there.var_names)
        assert (cells.obs["time"].iloc[rows] == earlier).all() and (cells.obs["time"].iloc[columns] == later).all()
        assert there.X.indptr.dtype == there.X.indices.dtype
        sums = np.asarray(there.X.sum(axis=1)).ravel()
        # float32 on both sides
        assert np.allclose(sums, there.obs["descendants"], rtol=1e-5)
        # Masses are uniform: as many cells arrive as left, in units of an earlier cell.
        assert np.isclose(sums.sum(), there.n_obs, rtol=1e-4), (sums.sum(), there.n_obs)
        ours = there.X.toarray() / sums[:, None]
        theirs = transitions[rows][:, columns].toarray()
        assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > .9999
        assert sums.std() > .01, "wfr lets cells differ in descendants"
    print(f"CellRank {cellrank.__version__}: {len(times) - 1} maps, {transitions.nnz} transitions")


if __name__ == "__main__":
    main()
