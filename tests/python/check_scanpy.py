"""Compares what the tools write with what a live scanpy makes of the same counts, on two real data sets.

    python check_scanpy.py --bin FOLDER_WITH_TOOLS --shared FOLDER_WITH_DATA --work SCRATCH_FOLDER

Bars: X within 2e-5; the same highly variable genes, of seurat_v3 at least 99 % (scanpy breaks its ties as numpy's
unstable sort leaves them); ten leading components with |cos| > 1 - 1e-4, the same signs and variances within 1e-4;
quality columns within 1e-5. instar-pca --from-counts gives the numbers of both tools exactly, and scanpy goes on from
its output to neighbours and UMAP.
"""
import argparse
import pathlib
import subprocess
import sys
import warnings

import anndata
import numpy as np
import scanpy as sc

failures = 0


def check(good, what):
    global failures
    if not good:
        failures += 1
        print("FAILED:", what)


def filtered(path):
    data = anndata.read_h5ad(path)
    data.X = data.X.astype("float32").tocsr()
    sc.pp.calculate_qc_metrics(data, inplace=True)
    sc.pp.filter_cells(data, min_genes=300)
    sc.pp.filter_genes(data, min_cells=3)
    data.layers["counts"] = data.X.copy()
    sc.pp.normalize_total(data)
    sc.pp.log1p(data)
    return data


def compare_quality(ours, theirs):
    for name in ["n_genes_by_counts", "log1p_n_genes_by_counts", "total_counts", "log1p_total_counts",
                 *(f"pct_counts_in_top_{k}_genes" for k in (50, 100, 200, 500))]:
        check(np.allclose(ours.obs[name], theirs.obs[name], rtol=1e-5), f"obs {name}")
    for name in ["n_cells_by_counts", "mean_counts", "log1p_mean_counts", "pct_dropout_by_counts", "total_counts",
                 "log1p_total_counts"]:
        check(np.allclose(ours.var[name], theirs.var[name], rtol=1e-5), f"var {name}")


def compare_components(ours, theirs, what):
    sc.pp.pca(theirs, n_comps=10)
    a, b = ours.varm["PCs"][:, :10], theirs.varm["PCs"]
    cosines = (a * b).sum(0) / np.linalg.norm(a, axis=0) / np.linalg.norm(b, axis=0)
    check((cosines > 1 - 1e-4).all(), f"{what}: cosines {cosines}")
    check(np.allclose(ours.uns["pca"]["variance"][:10], theirs.uns["pca"]["variance"], rtol=1e-4), f"{what}: variances")


def compare_from_counts(two_steps, path, flags, tools, work, what):
    """The same in one go without X: the same numbers, and scanpy goes on with them."""
    result = work / "from_counts.h5ad"
    subprocess.run([tools / "instar-pca", "--from-counts", path, "-o", result, "-n", "10", "-q", *flags], check=True)
    ours = anndata.read_h5ad(result)
    check(ours.X is None, f"{what}: X is there, though nobody asked for it")
    check((ours.obsm["X_pca"] == two_steps.obsm["X_pca"]).all(), f"{what}: other scores from counts at once")
    check((ours.varm["PCs"] == two_steps.varm["PCs"]).all(), f"{what}: other loadings from counts at once")
    check(ours.var.equals(two_steps.var) and ours.obs.equals(two_steps.obs), f"{what}: other columns from counts at once")
    return ours


def go_on(ours):
    """What users do next, without a word about where components are."""
    sc.pp.neighbors(ours)
    sc.tl.umap(ours)
    check(ours.obsm["X_umap"].shape == (ours.n_obs, 2) and np.isfinite(ours.obsm["X_umap"]).all(), "umap")


def compare(path, tools, work):
    theirs = filtered(path)
    for flavor in ["seurat", "cell_ranger", "seurat_v3", "seurat_v3_paper"]:
        what = f"{path.name}, {flavor}"
        prepared, result = work / "prepared.h5ad", work / "components.h5ad"
        flags = ["--min-genes", "300", "--min-cells", "3", "--qc", "--hvg", "1000", "--hvg-flavor", flavor]
        subprocess.run([tools / "instar-prep", path, "-o", prepared, "-q", *flags], check=True)
        subprocess.run([tools / "instar-pca", prepared, "-o", result, "-n", "10", "-q"], check=True)
        ours = anndata.read_h5ad(result)
        difference = abs(ours.X - theirs.X).max()
        check(difference < 2e-5, f"{what}: X differs by {difference}")
        layer = "counts" if flavor.startswith("seurat_v3") else None
        sc.pp.highly_variable_genes(theirs, flavor=flavor, n_top_genes=1000, layer=layer)
        same = (ours.var["highly_variable"].to_numpy() & theirs.var["highly_variable"].to_numpy()).sum()
        wanted = theirs.var["highly_variable"].sum()
        exact = same == wanted == ours.var["highly_variable"].sum()
        check(exact or layer and same >= 0.99 * wanted, f"{what}: {same} of {wanted} genes")
        if exact:
            compare_components(ours, theirs, what)
        compare_quality(ours, theirs)
        at_once = compare_from_counts(ours, path, flags, tools, work, what)
        if flavor == "seurat":
            go_on(at_once)
        print(f"{what}: X within {difference:.1e}, {same} of {wanted} genes")


parser = argparse.ArgumentParser()
parser.add_argument("--bin", required=True, type=pathlib.Path)
parser.add_argument("--shared", required=True, type=pathlib.Path)
parser.add_argument("--work", required=True, type=pathlib.Path)
arguments = parser.parse_args()
warnings.simplefilter("ignore")
arguments.work.mkdir(parents=True, exist_ok=True)
for name in ["worm_neurons_counts.h5ad", "treutlein_mef_counts.h5ad"]:
    compare(arguments.shared / name, arguments.bin.resolve(), arguments.work)
sys.exit(failures > 0)
