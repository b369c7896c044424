"""Records what scanpy and scikit-learn make of counts, for the unit tests of prep and pca.

    python -m venv venv
    venv/bin/pip install scanpy==1.11.5 anndata==0.12.19 scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1 pandas==2.3.3
    venv/bin/python tests/reference/prep_scanpy.py [FOLDER WITH worm_neurons_counts.h5ad AND treutlein_mef_counts.h5ad]

Writes scanpy_*.tsv beside itself: a small simulated count matrix with all its results (cells 40 ... are "held out" in the
second half of the table), and summaries of the two real data sets, which are not the project's to pass on.
"""
import pathlib
import sys

import anndata
import numpy as np
import scanpy as sc
import scipy.sparse as sp

HERE = pathlib.Path(__file__).parent


def write(name, header, columns):
    with open(HERE / name, "w") as out:
        print(*header, sep="\t", file=out)
        for row in zip(*columns):
            print(*(f"{value:.9g}" for value in row), sep="\t", file=out)


def simulated():
    rng = np.random.default_rng(3)
    size = rng.lognormal(0, 0.4, (60, 1))
    level = rng.lognormal(-0.5, 1.4, (1, 120))
    state = rng.integers(0, 3, 60)
    factor = rng.lognormal(0, 0.8, (3, 120))
    counts = rng.negative_binomial(2, 1 / (1 + size * level * factor[state] / 2)).astype(float)
    counts[:, 7] = 0  # a gene of no cell
    counts[:, 8] = 0
    counts[50, 8] = 3  # a gene of one held-out cell only
    return counts


def prepared(counts, fit, target=None, genes=20):
    """Normalised by the fitted cells' median, variable genes of the fitted cells, logged."""
    data = anndata.AnnData(sp.csr_matrix(counts.astype(np.float32)))
    totals = counts.sum(1)
    sc.pp.normalize_total(data, target_sum=target or np.median(totals[fit & (totals > 0)]))
    sc.pp.log1p(data)
    chosen = data[fit].copy()
    sc.pp.highly_variable_genes(chosen, n_top_genes=genes)
    return data, chosen


def components(data, chosen, fit, n):
    """Principal components of the variable genes fitted on some cells, the others projected."""
    mask = chosen.var["highly_variable"].values
    part = data[fit].copy()
    part.var["highly_variable"] = mask
    part.X = part.X.astype(np.float64)
    sc.pp.pca(part, n_comps=n, svd_solver="arpack")
    loadings = part.varm["PCs"]
    mean = np.asarray(part.X.mean(0)).ravel() * mask
    scores = (data.X.astype(np.float64).toarray() - mean) @ loadings
    return part.uns["pca"]["variance"], part.uns["pca"]["variance_ratio"], loadings, scores


def small():
    counts = simulated()
    rows, cols = np.nonzero(counts)
    write("scanpy_small_counts.tsv", ["row", "col", "count"], [rows, cols, counts[rows, cols]])
    for name, fit in [("all", np.ones(60, bool)), ("held_out", np.arange(60) < 40)]:
        data, chosen = prepared(counts, fit)
        write(f"scanpy_small_{name}_genes.tsv", ["sum_log", "means", "dispersions", "dispersions_norm", "highly_variable"],
              [np.asarray(data.X.astype(float).sum(0)).ravel(), chosen.var["means"], chosen.var["dispersions"], chosen.var["dispersions_norm"],
               chosen.var["highly_variable"]])
        variance, ratio, loadings, scores = components(data, chosen, fit, 5)
        write(f"scanpy_small_{name}_variance.tsv", ["variance", "ratio"], [variance, ratio])
        write(f"scanpy_small_{name}_loadings.tsv", [f"pc{k}" for k in range(5)], list(loadings.T))
        write(f"scanpy_small_{name}_scores.tsv", [f"pc{k}" for k in range(5)], list(scores.T))


def real(folder, name, file, held_out, genes):
    data = anndata.read_h5ad(folder / file)
    sc.pp.filter_cells(data, min_genes=300)
    fit = data.obs["time"].values != held_out
    keep, _ = sc.pp.filter_genes(data[fit].copy(), min_cells=3, inplace=False)
    data = data[:, keep].copy()
    counts = sp.csr_matrix(data.X).astype(np.float64)
    data2 = anndata.AnnData(counts.astype(np.float32), var=data.var[[]])
    totals = np.asarray(counts.sum(1)).ravel()
    sc.pp.normalize_total(data2, target_sum=np.median(totals[fit]))
    sc.pp.log1p(data2)
    chosen = data2[fit].copy()
    sc.pp.highly_variable_genes(chosen, n_top_genes=genes)
    variance, ratio, loadings, scores = components(data2, chosen, fit, 20)
    every = slice(None, None, 40)
    var = chosen.var
    write(f"scanpy_{name}_sizes.tsv", ["cells", "genes", "median", "variable", "checksum"],
          [[data2.n_obs], [data2.n_vars], [np.median(totals[fit])], [var["highly_variable"].sum()],
           [np.flatnonzero(var["highly_variable"]).sum()]])
    write(f"scanpy_{name}_genes.tsv", ["gene", "means", "dispersions", "dispersions_norm", "highly_variable"],
          [np.arange(data2.n_vars)[every], var["means"][every], var["dispersions"][every], var["dispersions_norm"][every],
           var["highly_variable"][every]])
    write(f"scanpy_{name}_variance.tsv", ["variance", "ratio"], [variance, ratio])
    write(f"scanpy_{name}_scores.tsv", ["cell", *(f"pc{k}" for k in range(20))],
          [np.arange(data2.n_obs)[every], *scores[every].T])


small()
if len(sys.argv) > 1:
    folder = pathlib.Path(sys.argv[1])
    real(folder, "worm", "worm_neurons_counts.h5ad", 3, 1000)
    real(folder, "treutlein", "treutlein_mef_counts.h5ad", 5, 500)
