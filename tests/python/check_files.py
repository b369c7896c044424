"""Reads every file of the pipeline (see run.py) with the installed anndata. A warning is an error, unless anndata warns of
its own files in the same words (0.13.4 does with pandas 3.1: it asks for an option that pandas has deprecated)."""

import importlib.metadata
import sys
import tempfile
import warnings
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from scipy import sparse


def finite(values):
    return bool(np.isfinite(values.data if sparse.issparse(values) else np.asarray(values)).all())


def there_and_back(source, target):
    """-> (what was read, the same written and read again, the warnings of all that)"""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = anndata.read_h5ad(source)
        data.write_h5ad(target)
        again = anndata.read_h5ad(target)
    return data, again, {(w.category.__name__, str(w.message)) for w in caught}


def warnings_of_its_own():
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        own = anndata.AnnData(np.ones((3, 2), dtype=np.float32))
        own.obs["time"] = [0.0, 1.0, 2.0]
        own.write_h5ad(Path(folder) / "own.h5ad")
        return there_and_back(Path(folder) / "own.h5ad", Path(folder) / "again.h5ad")[2]


OWN_WARNINGS = warnings_of_its_own()


def read(folder, name):
    data, again, found = there_and_back(folder / name, folder / f"again-{name}")
    assert not found - OWN_WARNINGS, f"{name}: {found - OWN_WARNINGS}"
    assert again.shape == data.shape, name
    assert data.obs_names.is_unique and data.var_names.is_unique, f"{name}: names are not unique"
    print(f"{name}: {' '.join(str(data).split())}")
    return data


def check_gene_table(folder, measured, decoded):
    """--gene-table beside means and standard deviations of the files' own matrices."""
    table = pd.read_csv(folder / "genes.tsv", sep="\t")
    assert set(table["gene"]) == set(decoded.var_names)
    for kind, cells, weights in (("observed", measured, np.ones(measured.n_obs)), ("predicted", decoded, decoded.obs["weight"])):
        times = cells.obs["time"].astype(float)
        assert len(table[table["kind"] == kind]) == decoded.n_vars * times.nunique()
        for (gene, time), row in table[table["kind"] == kind].set_index(["gene", "time"]).iterrows():
            at = (times == time).to_numpy()
            x = np.asarray(cells[at, gene].to_df()[gene], dtype=float)
            mean = np.average(x, weights=np.asarray(weights)[at])
            sd = np.sqrt(np.average((x - mean) ** 2, weights=np.asarray(weights)[at]))
            # Four digits are written; what is decoded is single precision.
            assert abs(row["mean"] - mean) <= 1e-3 * abs(mean) + 1e-5 and abs(row["sd"] - sd) <= 1e-3 * sd + 1e-5, (gene, time)
            assert row["cells"] == at.sum()


def main():
    folder = Path(sys.argv[1])
    print(f"anndata {importlib.metadata.version('anndata')}; it warns of its own files: {OWN_WARNINGS or 'no'}")
    counts = read(folder, "counts.h5ad")
    assert sparse.issparse(counts.X) and (counts.X.data == np.round(counts.X.data)).all()
    assert {"time", "growth_true", "lineage"} <= set(counts.obs.columns)

    prep = read(folder, "prep.h5ad")
    assert prep.n_obs == counts.n_obs and finite(prep.X)
    assert prep.var["highly_variable"].dtype == bool and prep.var["highly_variable"].sum() == 100

    pca = read(folder, "pca.h5ad")
    assert pca.obsm["X_pca"].shape == (pca.n_obs, 8) and finite(pca.obsm["X_pca"])
    assert pca.varm["PCs"].shape == (pca.n_vars, 8)
    assert len(pca.uns["pca"]["variance"]) == 8 and len(pca.uns["pca"]["variance_ratio"]) == 8

    predicted = read(folder, "pred.h5ad")
    assert {"time", "origin", "origin_time", "weight", "growth"} <= set(predicted.obs.columns)
    assert set(predicted.obs["time"]) == {2}
    assert (predicted.obs["weight"] > 0).all()
    assert predicted.obsm["X_pca"].shape == (predicted.n_obs, 5) and finite(predicted.obsm["X_pca"])
    assert predicted.obsm["velocity_pca"].shape == (predicted.n_obs, 5)
    starts = pca.obs["time"].to_numpy()[predicted.obs["origin"].to_numpy()]
    assert (starts == predicted.obs["origin_time"].to_numpy()).all(), "origin is the row of the input"

    grid = read(folder, "grid.h5ad").obs["time"]
    assert grid.cat.ordered and list(grid.cat.categories) == [0, 1, 2, 3, 4] and grid.cat.categories.dtype == float
    assert set(grid) == {0, 1, 2, 3, 4}

    check_gene_table(folder, pca, read(folder, "decoded.h5ad"))

    annotated = read(folder, "annotated.h5ad")
    assert annotated.n_obs == pca.n_obs
    assert {"growth_rate", "potential"} <= set(annotated.obs.columns)
    assert finite(annotated.obs["growth_rate"])
    velocity = annotated.obsm["velocity_pca"]
    assert velocity.shape == (pca.n_obs, 8) and finite(velocity[:, :5]) and np.isnan(velocity[:, 5:]).all()
    assert annotated.layers["velocity"].shape == annotated.layers["Ms"].shape == annotated.shape
    assert (annotated.obsm["X_pca"] == pca.obsm["X_pca"]).all(), "the input's coordinates come through untouched"


if __name__ == "__main__":
    main()
