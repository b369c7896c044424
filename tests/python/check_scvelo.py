"""scVelo draws a stream from what instar-annotate --genes wrote, in a few lines and without a word about our slots.

    check_scvelo.py FOLDER
"""

import io
import os
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout

import matplotlib

matplotlib.use("Agg")

import numpy as np  # noqa: E402
from matplotlib import pyplot  # noqa: E402
import scanpy  # noqa: E402
import scvelo  # noqa: E402
from blocks import blocks  # noqa: E402

# What scVelo says of other things: that a file has no neighbours yet, that this machine shows no progress bars, and that
# it calls anndata in a way that is going out of use.
OTHER = ("The neighbor graph has an unexpected format", "`neighbors` is deprecated", "progress bar",
         "obsm_keys is deprecated", "treating keys as positions is deprecated")


def quietly(name, step):
    """Runs a step; a warning that speaks of anything but OTHER fails."""
    said = io.StringIO()
    with warnings.catch_warnings(record=True) as raised, redirect_stdout(said), redirect_stderr(said):
        warnings.simplefilter("always")
        step()
    words = [str(w.message) for w in raised]
    words += ["WARNING" + part for part in said.getvalue().split("WARNING")[1:]]
    bad = [word for word in words if not any(other in word for other in OTHER)]
    assert not bad, f"{name}: {bad}"


def cosines(a, b):
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def main():
    os.chdir(sys.argv[1])
    there = {}
    for number, lines in enumerate(blocks("scvelo.md")):
        quietly(f"docs/scvelo.md, block {number}", lambda: exec(lines, there))
        assert pyplot.get_fignums(), "a plot is open"
        pyplot.close("all")
    assert {"velocity_pca", "velocity_umap"} <= set(there["adata"].obsm)

    adata = scanpy.read_h5ad("annotated.h5ad")
    known = adata.var["velocity_genes"].to_numpy()
    for layer in ("velocity", "Ms"):
        values = adata.layers[layer]
        assert values.dtype == np.float32 and np.isfinite(values[:, known]).all() and np.isnan(values[:, ~known]).all()
    assert 0 < known.sum() < adata.n_vars
    scores, loadings = adata.obsm["X_pca"][:, :5], adata.varm["PCs"][:, :5]
    expression = adata.uns["instar"]["pca_mean"] + scores @ loadings.T
    # float32, as layers are
    assert np.allclose(adata.layers["Ms"][:, known], expression[:, known], atol=1e-5)
    ours = adata.obsm["velocity_pca"].copy()
    assert ours.shape == adata.obsm["X_pca"].shape and np.isfinite(ours[:, :5]).all() and np.isnan(ours[:, 5:]).all()
    assert np.allclose(adata.layers["velocity"][:, known], (ours[:, :5] @ loadings.T)[:, known], atol=1e-5)

    # Our own velocities are drawn where there is no graph; a graph's are close to them, and lead to later times.
    quietly("our arrows", lambda: scvelo.pl.velocity_embedding_stream(adata, basis="pca", show=False))
    assert np.array_equal(adata.obsm["velocity_pca"], ours, equal_nan=True), "drawn as they are"
    scanpy.pp.neighbors(adata)
    scanpy.tl.umap(adata)
    quietly("graph", lambda: scvelo.tl.velocity_graph(adata, show_progress_bar=False))
    quietly("stream", lambda: scvelo.pl.velocity_embedding_stream(adata, basis="umap", color="time", show=False))
    scvelo.tl.velocity_embedding(adata, basis="pca")
    agreement = np.mean(cosines(adata.obsm["velocity_pca"][:, :2], ours[:, :2]))
    assert agreement > .9, agreement
    times = adata.obs["time"].to_numpy(dtype=float)
    ahead = scvelo.utils.get_transition_matrix(adata) @ times - times
    assert ahead[times < times.max()].mean() > 0, ahead.mean()

    # Cells beyond the fitted times have no velocity; the others keep theirs.
    early = scanpy.read_h5ad("early.h5ad")
    quietly("some without", lambda: scvelo.tl.velocity_graph(early, show_progress_bar=False))
    edges = np.diff(early.uns["velocity_graph"].indptr)
    without = early.obs["time"].to_numpy(dtype=float) == 4
    assert np.isnan(early.obsm["velocity_pca"][without]).all() and (early.layers["velocity"][without][:, known] == 0).all()
    assert edges[without].max() == 0 and (edges[~without] > 0).mean() > .99
    print(f"scVelo {scvelo.__version__}: mean cosine of the graph's and our velocities {agreement:.3f}, "
          f"steps lead {ahead.mean():.3f} of time ahead")


if __name__ == "__main__":
    main()
