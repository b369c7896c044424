"""Makes the small h5ad files of this folder, each with one thing that instar-simulate never does.

Recorded with anndata 0.12.19 (tests/python/anndata-0.12.txt):  python make.py
"""

from pathlib import Path

import anndata
import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent


def snapshots(cells=(8, 8, 8), times=(0, 1, 2), seed=3):
    """Three clouds that drift, in two dimensions of obsm[X_pca] and one of obsm[X_other]; X holds six genes."""
    draw = np.random.default_rng(seed)
    time = np.repeat(np.asarray(times, dtype=float), cells)
    x = draw.normal(size=(time.size, 2)) * 0.5 + time[:, None] * [1.0, 0.5]
    data = anndata.AnnData(draw.poisson(2.0, size=(time.size, 6)).astype(np.float32))
    data.obs_names = [f"cell{i}" for i in range(time.size)]
    data.var_names = [f"gene{i}" for i in range(6)]
    data.obs["time"] = time
    data.obsm["X_pca"] = x.astype(np.float32)
    data.obsm["X_other"] = x[:, :1].astype(np.float32)
    return data


def write(name, data):
    data.write_h5ad(HERE / f"{name}.h5ad", compression="gzip")


def main():
    write("good", snapshots())

    data = snapshots()
    data.obsm["X_pca"][11, 1] = np.nan
    write("nan_basis", data)

    write("one_cell", snapshots(cells=(8, 1, 8)))

    data = snapshots()
    data.obs.loc[["cell3", "cell17"], "time"] = np.nan
    write("missing_times", data)

    data = snapshots()
    data.obs["day"] = pd.Categorical.from_codes(data.obs["time"].astype(int), ["D0", "D2", "D10"])
    write("text_times", data)

    data = snapshots()
    data.obs["day"] = pd.Categorical.from_codes(data.obs["time"].astype(int), ["day 0", "24h", "day 2"])
    write("mixed_units", data)


if __name__ == "__main__":
    main()
