"""Records which genes scanpy marks as highly variable in two real data sets, by every flavor, for the unit tests of prep.

    python -m venv venv
    venv/bin/pip install scanpy==1.11.5 anndata==0.12.19 numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 scikit-misc==0.5.3
    venv/bin/python tests/reference/flavors_scanpy.py FOLDER_WITH_worm_neurons_counts.h5ad_AND_treutlein_mef_counts.h5ad

Writes scanpy_flavors_*.tsv beside itself. Rows of the first table: one for each entry of CASES, the positions of the marked
genes. The second: of every 40th gene, its position and for each case the mean, the spread and the standardised spread
(dispersions or variances). Batches are every other cell: of smaller
ones (the times) scikit-misc makes no LOESS, too many genes having the same mean.
"""
import contextlib
import functools
import pathlib
import sys
import warnings

import anndata
import numpy as np
import scanpy as sc

HERE = pathlib.Path(__file__).parent
CASES = [
    dict(flavor="seurat", n_top_genes=1000),
    dict(flavor="seurat"),
    dict(flavor="cell_ranger", n_top_genes=1000),
    dict(flavor="cell_ranger", min_mean=0.05, max_mean=2.5, min_disp=1.0),
    dict(flavor="seurat_v3", n_top_genes=1000),
    dict(flavor="seurat_v3_paper", n_top_genes=1000),
    dict(flavor="seurat", n_top_genes=1000, batch_key="batch"),
    dict(flavor="seurat", batch_key="batch"),
    dict(flavor="cell_ranger", n_top_genes=1000, batch_key="batch"),
    dict(flavor="seurat_v3", n_top_genes=1000, batch_key="batch"),
    dict(flavor="seurat_v3_paper", n_top_genes=1000, batch_key="batch"),
    dict(flavor="seurat_v3", n_top_genes=1000, batch_key="batch", ties_in_order=True),
    dict(flavor="seurat_v3_paper", n_top_genes=1000, batch_key="batch", ties_in_order=True),
]


def counts_of(path):
    """Cells with 300 genes, genes in 3 cells; every other cell is of the other batch."""
    data = anndata.read_h5ad(path)
    sc.pp.filter_cells(data, min_genes=300)
    sc.pp.filter_genes(data, min_cells=3)
    data = anndata.AnnData(data.X.astype("float32").tocsr(), obs=data.obs[[]], var=data.var[[]])
    data.obs["batch"] = [str(cell % 2) for cell in range(data.n_obs)]
    data.obs["batch"] = data.obs["batch"].astype("category")
    return data


@contextlib.contextmanager
def ties_in_order():
    """scanpy ranks standardised variances by numpy's argsort, which leaves ties in an order of the machine's."""
    argsort = np.argsort
    np.argsort = functools.partial(argsort, kind="stable")
    yield
    np.argsort = argsort


def marked(counts, case):
    """var after scanpy's normalisation and choice of genes."""
    case = dict(case)
    with ties_in_order() if case.pop("ties_in_order", False) else contextlib.nullcontext():
        return marked_as_is(counts, case)


def marked_as_is(counts, case):
    data = counts.copy()
    if not case["flavor"].startswith("seurat_v3"):
        # The median of the cells that have counts; scanpy 1.11 counts empty ones in, earlier and later versions do not.
        sc.pp.normalize_total(data)
        sc.pp.log1p(data)
    sc.pp.highly_variable_genes(data, **case)
    return data.var


def spread_columns(var):
    names = ["means", "variances", "variances_norm"] if "variances" in var else ["means", "dispersions", "dispersions_norm"]
    return [var[name].to_numpy() for name in names]


def record(name, path):
    counts = counts_of(path)
    tables = [marked(counts, case) for case in CASES]
    with open(HERE / f"scanpy_flavors_{name}_marked.tsv", "w") as out:
        print("positions of the marked genes, a row for each case", file=out)
        for var in tables:
            print(*var["highly_variable"].to_numpy().nonzero()[0], sep="\t", file=out)
    columns = [column for var in tables for column in spread_columns(var)]
    with open(HERE / f"scanpy_flavors_{name}_values.tsv", "w") as out:
        print("gene", *(f"{what}{k}" for k in range(len(CASES)) for what in ("mean", "spread", "norm")), sep="\t", file=out)
        for gene in range(0, counts.n_vars, 40):
            print(gene, *(f"{column[gene]:.9g}" for column in columns), sep="\t", file=out)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    folder = pathlib.Path(sys.argv[1])
    record("worm", folder / "worm_neurons_counts.h5ad")
    record("treutlein", folder / "treutlein_mef_counts.h5ad")
