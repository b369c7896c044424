#!/usr/bin/env python3
"""check_tools.py BIN_DIR COUNT...: do instar info, prep and pca keep what they do not understand?

Frames of so many columns (see made_wide.py), and lists of several lengths, records and AnnData inside uns; the outputs are
opened by anndata and compared with the input.
"""
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import anndata as ad
import h5py
import numpy as np

import made_containers
import made_wide
from compare import check, failures, same

BIN = Path(sys.argv[1])


def run(tool, *arguments):
    done = subprocess.run([BIN / tool, *arguments], capture_output=True, text=True)
    check(done.returncode == 0, tool, *arguments, "ended with", done.returncode, done.stderr)
    return done.stdout


def prepared(path, folder):
    """What anndata reads of the outputs of prep and pca."""
    prep, pca = Path(folder) / "prep.h5ad", Path(folder) / "pca.h5ad"
    run("instar-prep", path, "-o", prep, "-q")
    yield "prep", ad.read_h5ad(prep)
    run("instar-pca", prep, "-o", pca, "-n", "2", "--genes", "all", "-q")
    yield "pca", ad.read_h5ad(pca)


def check_wide(counts, folder):
    for label, data, edit, _ in made_wide.files(counts):
        path = Path(folder) / "wide.h5ad"
        data.write_h5ad(path)
        if edit:
            with h5py.File(path, "r+") as f:
                edit(f)
        before = ad.read_h5ad(path)
        check(before.obs.shape[1] == int(label.split()[0]), label, "the input has", before.obs.shape[1])
        check(json.loads(run("instar-info", "--json", path))["obs"] == list(before.obs.columns), label, "info's columns")
        for tool, after in prepared(path, folder):
            same(before.obs, after.obs, f"{label}: obs after {tool}")


def check_kept(folder):
    a = made_containers.ragged()
    for label, b, _, _ in made_containers.uns_files(np.random.default_rng(5)):
        if label in ("AnnData inside uns", "records of text"):
            a.uns.update(b.uns)
    check({"inner", "ranks", "ragged"} <= set(a.uns), "the input lacks what is to be kept")
    path = Path(folder) / "kept.h5ad"
    a.write_h5ad(path)
    for tool, b in prepared(path, folder):
        for slot in ("uns", "obsm", "varm"):
            for name in getattr(a, slot):
                found = name in getattr(b, slot)
                check(found, f"{slot}/{name} is gone after {tool}")
                if found:
                    same(getattr(a, slot)[name], getattr(b, slot)[name], f"{slot}/{name} after {tool}")


def main():
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        check_wide([int(count) for count in sys.argv[2:]], folder)
        check_kept(folder)
    print(f"anndata {ad.__version__}: frames of {', '.join(sys.argv[2:])} columns and odd elements, {len(failures)} differences")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
