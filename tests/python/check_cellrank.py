"""CellRank's RealTimeKernel reads what instar-couplings wrote, without a warning; run by run_cellrank.py.

    check_cellrank.py FOLDER
"""

import sys
import warnings
from pathlib import Path

import anndata
import cellrank
import numpy as np


def main():
    folder = Path(sys.argv[1])
    cells = anndata.read_h5ad(folder / "pca.h5ad")
    cells.obs["time"] = cells.obs["time"].astype("category")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kernel = cellrank.kernels.RealTimeKernel.from_wot(cells, path=folder / "maps", time_key="time")
        kernel.compute_transition_matrix(threshold=None)
    transitions = kernel.transition_matrix
    assert transitions.shape == (cells.n_obs, cells.n_obs)
    assert np.abs(transitions.sum(axis=1) - 1).max() < 1e-6
    times = list(cells.obs["time"].cat.categories)
    for earlier, later in zip(times, times[1:]):
        there = anndata.read_h5ad(folder / "maps" / f"tmaps_{earlier:g}_{later:g}.h5ad")
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
