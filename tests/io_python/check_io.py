#!/usr/bin/env python3
"""check_io.py IO_PROBE DATA_DIR: does lib/io read and write what anndata does?

Reads every file of DATA_DIR and many generated ones with both, and compares; copies each with lib/io, whole and cut,
opens the copies with anndata without a warning, and compares them with what anndata makes of the same cut.
"""
import json
import subprocess
import sys
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd

import family
from compare import check, check_column, check_matrix, close, dense, failures, is_awkward, numbers, same_anndata

PROBE = sys.argv[1]
DATA = Path(sys.argv[2]) if len(sys.argv) > 2 else None


def read_quietly(path):
    """As anndata reads it; warnings are for files that are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ad.read_h5ad(path)


def refuse_warnings():
    warnings.simplefilter("error")
    # Names that are not unique were so before.
    warnings.filterwarnings("ignore", message=".*names are not unique")
    # anndata 0.13 asks pandas 3.1 for this option wherever it reads text, its own files included.
    warnings.filterwarnings("ignore", message=".*future.infer_string")
    warnings.filterwarnings("ignore", message=".*Awkward Arrays is currently experimental")


def check_reading(label, path, reference=None):
    done = subprocess.run([PROBE, "read", path], capture_output=True, text=True)
    check(done.returncode == 0, label, "cannot be read:", done.stderr)
    if done.returncode:
        return
    ours = json.loads(done.stdout)
    a = read_quietly(path) if reference is None else reference
    check(ours["obs_names"] == list(a.obs_names), label, "obs names")
    check(ours["var_names"] == list(a.var_names), label, "var names")
    for axis in ("obs", "var"):
        frame = getattr(a, axis)
        check(list(ours[axis]) == list(frame.columns), label, axis, "columns", list(ours[axis]), list(frame.columns))
        for name in frame.columns:
            if name in ours[axis]:
                check_column(f"{label}: {axis}/{name}", ours[axis][name], frame[name])
    check_matrix(f"{label}: X", ours["matrices"]["X"], a.X)
    check_matrix(f"{label}: raw/X", ours["matrices"]["raw/X"], None if a.raw is None else a.raw.X)
    if a.raw is not None:
        check(ours["raw_var_names"] == list(a.raw.var_names), label, "raw var names")
    for name in a.layers:
        if name is not None:
            check_matrix(f"{label}: layers/{name}", ours["matrices"].get(f"layers/{name}"), a.layers[name])
    for which in ("obsm", "varm"):
        for name in getattr(a, which):
            values = getattr(a, which)[name]
            if is_awkward(values):
                check(isinstance(ours[which][name], str), label, which, name, "lists of several lengths are an error")
                continue
            if isinstance(values, pd.DataFrame):
                if not all(pd.api.types.is_numeric_dtype(t) for t in values.dtypes):
                    check(isinstance(ours[which][name], str), label, which, name, "text in a frame is an error")
                    continue
                values = values.to_numpy(float)
            values = dense(values)
            found = ours[which].get(name)
            if isinstance(found, str):
                check(False, label, which, name, found)
                continue
            got = np.array([numbers(row) for row in found], float)
            check(close(got.reshape(values.shape), values), label, which, name)


def copy(label, path, out, *cut):
    done = subprocess.run([PROBE, "copy", path, out, *cut], capture_output=True, text=True)
    check(done.returncode == 0, label, "cannot be copied:", done.stderr)
    return done


def dated(path):
    """The data sets whose time of change the file keeps."""
    with h5py.File(path) as file:
        names = []
        file.visit(names.append)
        return [name for name in names if h5py.h5g.get_objinfo(file[name].id).mtime]


def check_copying(label, path, folder, reference=None):
    out, again = Path(folder) / "copy.h5ad", Path(folder) / "again.h5ad"
    if copy(label, path, out).returncode or copy(label, path, again).returncode:
        return
    check(out.read_bytes() == again.read_bytes(), label, "two copies differ")
    check(not dated(out), label, "holds the time of writing, so that later copies differ:", dated(out))
    a = read_quietly(path) if reference is None else reference
    try:
        with warnings.catch_warnings():
            refuse_warnings()
            b = ad.read_h5ad(out)
    except Exception as error:  # noqa: BLE001
        check(False, label, "the copy does not open quietly:", repr(error)[:300])
        return
    same_anndata(a, b, f"{label} copied")
    rng = np.random.default_rng(1)
    keep_obs, keep_var = rng.random(a.n_obs) < 0.6, rng.random(a.n_vars) < 0.5
    text = ["".join("1" if k else "0" for k in keep) for keep in (keep_obs, keep_var)]
    if a.n_obs < 5000 and not copy(label + " cut", path, out, *text).returncode:
        with warnings.catch_warnings():
            refuse_warnings()
            b = ad.read_h5ad(out)
        cut = a[keep_obs, keep_var].copy()
        # pandas drops categories without cells, we keep them (and so their colours)
        for frame in (cut.obs, cut.var, b.obs, b.var):
            for name in frame:
                if isinstance(frame[name].dtype, pd.CategoricalDtype):
                    frame[name] = frame[name].cat.remove_unused_categories()
        # lists of several lengths cannot be cut: they are left out, with a warning
        for slot in (cut.obsm, cut.varm):
            for name in [n for n in slot if is_awkward(slot[n])]:
                del slot[name]
        for name in [n for n in cut.uns if n.endswith("_colors")]:
            del cut.uns[name], b.uns[name]
        same_anndata(cut, b, f"{label} cut")


def main():
    print("anndata", version("anndata"), "pandas", pd.__version__)
    with tempfile.TemporaryDirectory() as folder:
        cases = list(family.made(folder))
        count = len(cases)
        if DATA and DATA.is_dir():
            cases += [(p.name, p, None, True) for p in sorted(DATA.rglob("*.h5ad"))]
        for label, path, reference, copied in cases:
            try:
                check_reading(label, path, reference)
                if copied:
                    check_copying(label, path, folder, reference)
            except Exception as error:  # noqa: BLE001: anndata may raise anything, and the other files are worth a look
                check(False, label, repr(error)[:300])
    print(f"{count} generated files and {len(cases) - count} of {DATA}, {len(failures)} differences")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
