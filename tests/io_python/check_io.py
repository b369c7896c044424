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
import scipy.sparse as sp

PROBE = sys.argv[1]
DATA = Path(sys.argv[2]) if len(sys.argv) > 2 else None
failures = []


def check(condition, *what):
    if not condition:
        failures.append(" ".join(map(str, what)))
        print("FAIL", *what)


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


def dense(x):
    return np.asarray(x.todense() if sp.issparse(x) else x, dtype=float)


def close(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-6, atol=1e-9, equal_nan=True)


def numbers(values):
    return np.array([np.nan if v is None else v for v in values], float)


def check_column(name, ours, theirs):
    if isinstance(theirs.dtype, pd.CategoricalDtype):
        check(ours["kind"] == "category", name, "kind", ours["kind"])
        check(ours["codes"] == theirs.cat.codes.tolist(), name, "codes")
        check(ours["ordered"] == bool(theirs.cat.ordered), name, "ordered")
        if pd.api.types.is_numeric_dtype(theirs.cat.categories.dtype):
            check(close(ours["category_numbers"], theirs.cat.categories), name, "category numbers")
        else:
            check(ours["categories"] == [str(c) for c in theirs.cat.categories], name, "categories")
    elif pd.api.types.is_bool_dtype(theirs.dtype):
        check(ours["kind"] == "boolean", name, "kind", ours["kind"])
        check(close(numbers(ours["numbers"]), theirs.astype(object).where(theirs.notna(), np.nan).astype(float)), name)
    elif pd.api.types.is_numeric_dtype(theirs.dtype):
        check(ours["kind"] == "number", name, "kind", ours["kind"])
        check(close(numbers(ours["numbers"]), theirs.astype("Float64").to_numpy(float, na_value=np.nan)), name)
    else:
        check(ours["kind"] == "text", name, "kind", ours["kind"])
        check(ours["text"] == ["" if pd.isna(v) else str(v) for v in theirs], name, "text")


def check_matrix(name, ours, theirs):
    if theirs is None:
        check(ours is None, name, "expected none")
        return
    x = dense(theirs)
    check(ours is not None and [ours["rows"], ours["cols"]] == list(x.shape), name, "shape")
    check(close(ours["row_sums"], x.sum(1)), name, "row sums")
    check(close(ours["column_sums"], (x * np.arange(1, x.shape[0] + 1)[:, None]).sum(0)), name, "column sums")


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
            if isinstance(values, pd.DataFrame):
                if not all(pd.api.types.is_numeric_dtype(t) for t in values.dtypes):
                    check(isinstance(ours[which][name], str), label, which, name, "text in a frame is an error")
                    continue
                values = values.to_numpy(float)
            values = dense(values)
            found = ours[which].get(name)
            got = np.array([[np.nan if v is None else v for v in row] for row in found], float) if not isinstance(found, str) else found
            check(not isinstance(got, str) and close(got.reshape(values.shape), values), label, which, name, got if isinstance(got, str) else "")


def same(a, b, where):
    """Whether two values of an AnnData are equal, whatever they are."""
    if isinstance(a, dict) or hasattr(a, "keys") and not isinstance(a, (pd.DataFrame, np.ndarray)):
        check(set(a.keys()) == set(b.keys()), where, "keys", sorted(map(str, a.keys())), sorted(map(str, b.keys())))
        for key in set(a.keys()) & set(b.keys()):
            same(a[key], b[key], f"{where}/{key}")
    elif isinstance(a, pd.DataFrame):
        try:
            pd.testing.assert_frame_equal(a, b, check_categorical=False, check_index_type=len(a) > 0 and "equiv")
        except AssertionError as error:
            check(False, where, str(error).replace("\n", " ")[:300])
    elif isinstance(a, ad.AnnData):
        same_anndata(a, b, where)
    elif sp.issparse(a):
        check(sp.issparse(b) and a.format == b.format and a.dtype == b.dtype, where, "sparse format", type(b))
        check(a.shape == b.shape and (abs(a.astype(float) - b.astype(float)).nnz == 0), where, "sparse values")
    elif a is None:
        check(b is None, where, "None")
    else:
        x, y = np.asarray(a), np.asarray(b)
        check(x.dtype == y.dtype and x.shape == y.shape, where, "array", x.dtype, y.dtype, x.shape, y.shape)
        try:
            np.testing.assert_array_equal(x, y)
        except AssertionError as error:
            check(False, where, str(error).replace("\n", " ")[:300])


def same_anndata(a, b, where):
    for part in ("obs", "var", "obsm", "varm", "obsp", "varp", "layers"):
        same(getattr(a, part), getattr(b, part), f"{where}: {part}")
    same(a.X, b.X, f"{where}: X")
    uns = {k: v for k, v in a.uns.items()}
    if isinstance(uns.get("log1p"), dict) and uns["log1p"].get("base", 0) is None:
        uns["log1p"] = {k: v for k, v in uns["log1p"].items() if k != "base"}
    same(uns, dict(b.uns), f"{where}: uns")
    check((a.raw is None) == (b.raw is None), where, "raw")
    if a.raw is not None and b.raw is not None:
        same(a.raw.X, b.raw.X, f"{where}: raw/X")
        same(a.raw.var, b.raw.var, f"{where}: raw/var")
        same(a.raw.varm, b.raw.varm, f"{where}: raw/varm")


def copy(label, path, out, *cut):
    done = subprocess.run([PROBE, "copy", path, out, *cut], capture_output=True, text=True)
    check(done.returncode == 0, label, "cannot be copied:", done.stderr)
    return done


def check_copying(label, path, folder, reference=None):
    out, again = Path(folder) / "copy.h5ad", Path(folder) / "again.h5ad"
    if copy(label, path, out).returncode or copy(label, path, again).returncode:
        return
    check(out.read_bytes() == again.read_bytes(), label, "two copies differ")
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
        for name in [n for n in cut.uns if n.endswith("_colors")]:
            del cut.uns[name], b.uns[name]
        same_anndata(cut, b, f"{label} cut")


def base(n=50, m=20, seed=3):
    rng = np.random.default_rng(seed)
    x = sp.random(n, m, 0.3, "csr", dtype=np.float32, random_state=seed)
    obs = pd.DataFrame({"time": rng.integers(0, 3, n)}, index=[f"c{i}" for i in range(n)])
    return ad.AnnData(x, obs=obs, var=pd.DataFrame(index=[f"g{i}" for i in range(m)]))


def generated(folder):
    """(label, path, what to compare with or None for what anndata reads)"""
    rng = np.random.default_rng(5)
    count = 0

    def save(a, label, edit=None, reference=None, **options):
        nonlocal count
        count += 1
        path = Path(folder) / f"made{count}.h5ad"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            a.write_h5ad(path, **options)
        if edit:
            with h5py.File(path, "r+") as f:
                reference = edit(f) or reference
        return label, path, reference

    a = base()
    yield save(a, "plain")
    yield save(a, "gzip", compression="gzip")
    yield save(a, "lzf", compression="lzf")
    for dtype in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64", "bool"):
        b = base()
        b.X = (rng.random(b.shape) < 0.3).astype(dtype) if dtype == "bool" else (b.X.toarray() * 9).astype(dtype)
        yield save(b, "dense " + dtype)
    for name, big in (("float big-endian", ">f4"), ("int big-endian", ">i8")):
        def edit(f, big=big):
            values = f["X"][:]
            attrs = dict(f["X"].attrs)
            del f["X"]
            f["X"] = values.astype(big)
            f["X"].attrs.update(attrs)
        b = base()
        b.X = np.round(b.X.toarray() * 9)
        yield save(b, name, edit)
    b = base()
    b.X = b.X.tocsc()
    b.layers["dense"] = b.X.toarray()
    b.layers["csc_int"] = (b.X * 100).astype(np.int64).tocsc()
    yield save(b, "csc")
    del b.X
    yield save(b, "without X")

    for index in ("uint8", "uint16", "uint32", "int64"):
        def edit(f, index=index):
            for part in ("indices",) + (("indptr",) if index == "int64" else ()):
                values = f["X/" + part][:]
                del f["X/" + part]
                f["X/" + part] = values.astype(index)
        yield save(base(), "indices " + index, edit)

    def unsigned_pointers(f):
        values = f["X/indptr"][:]
        del f["X/indptr"]
        f["X/indptr"] = values.astype("uint64")
    yield save(base(), "indptr uint64", unsigned_pointers, base())

    messy = base()
    x = messy.X
    parts = [rng.permutation(np.repeat(np.arange(x.indptr[i], x.indptr[i + 1]), 2)) for i in range(x.shape[0])]
    order = np.concatenate(parts)
    twice = sp.csr_matrix((x.data[order], x.indices[order], x.indptr * 2), shape=x.shape)
    twice.data[::7] = 0

    def unsorted(f):
        for part, values in (("data", twice.data), ("indices", twice.indices), ("indptr", twice.indptr)):
            del f["X/" + part]
            f["X/" + part] = values
    yield save(messy, "unsorted with duplicates and zeros", unsorted)

    c = base()
    c.obs["float"] = rng.random(c.n_obs)
    c.obs.loc[c.obs_names[3], "float"] = np.nan
    c.obs["words"] = rng.choice(["x", "größe", "z"], c.n_obs)
    c.obs["unique"] = [f"u{i}" for i in range(c.n_obs)]
    c.obs["flag"] = rng.random(c.n_obs) < 0.5
    c.obs["stage"] = pd.Categorical.from_codes(rng.integers(-1, 3, c.n_obs), [0.5, 1.0, 7.5], ordered=True)
    c.obs["nullable"] = pd.array(np.where(rng.random(c.n_obs) < 0.3, None, 5), dtype="Int64")
    c.obs["maybe"] = pd.array(np.where(rng.random(c.n_obs) < 0.3, None, True), dtype="boolean")
    c.obs["day 3.5"] = np.arange(c.n_obs).astype("float32")
    c.var["n"] = np.arange(c.n_vars).astype("uint16")
    c.obs.index.name = "barcode"
    c.obsm["X_pca"] = rng.random((c.n_obs, 4)).astype("float32")
    c.obsm["frame"] = pd.DataFrame(rng.random((c.n_obs, 2)), columns=["u", "v"], index=c.obs_names)
    c.obsm["sparse"] = sp.random(c.n_obs, 6, 0.3, "csr", random_state=2)
    c.varm["PCs"] = rng.random((c.n_vars, 4))
    c.obsp["connectivities"] = sp.random(c.n_obs, c.n_obs, 0.1, "csr", random_state=4)
    c.obsp["dense"] = rng.random((c.n_obs, c.n_obs))
    c.varp["corr"] = rng.random((c.n_vars, c.n_vars))
    c.uns = {"log1p": {"base": 2.0}, "text": "größe", "list": ["a", "b"], "n": 3, "flag": True, "f": 1.5,
             "nested": {"deep": {"deeper": np.arange(6).reshape(2, 3)}}, "sparse": sp.random(5, 5, 0.5, "csc"),
             "frame": pd.DataFrame({"p": [1, 2], "q": ["x", "y"]}, index=["r", "s"]), "empty": {},
             "record": np.rec.fromarrays([[1, 2], [0.5, 1.5]], names=["i", "f"]), "words_colors": ["#111111", "#222222", "#333333"],
             "complex": np.array([1 + 2j])}
    c.raw = c.copy()
    yield save(c[:, :12].copy(), "everything")
    yield save(c[:, :12].copy(), "everything gzip", compression="gzip")
    yield save(base(0, 5), "no cells")
    yield save(base(5, 0), "no genes")
    yield save(base(1, 1), "one cell, one gene")
    d = base()
    d.obs_names = ["same"] * d.n_obs
    yield save(d, "duplicate names")

    def fixed_strings(f):
        for axis in ("obs", "var"):
            values = f[f"{axis}/_index"]
            values = values["values"][:] if isinstance(values, h5py.Group) else values[:]
            del f[f"{axis}/_index"]
            f[f"{axis}/_index"] = values.astype("S")
    yield save(base(), "fixed-length names", fixed_strings)

    def integers(f):
        del f["obs/_index"]
        f["obs/_index"] = np.arange(50)
    yield save(base(), "integer names", integers)

    wide = base(30, 5)
    extra = pd.DataFrame(rng.random((30, 4400)), columns=[f"column_{i}" for i in range(4400)], index=wide.obs_names)
    wide.obs = pd.concat([wide.obs, extra], axis=1)
    narrow = wide[:, :].copy()
    narrow.obs = narrow.obs.iloc[:, :4000].copy()

    def widen(f):  # anndata itself cannot write 4095 to 5000 columns
        g = f.create_group("wide", track_order=True)
        for key, value in f["obs"].attrs.items():
            if key != "column-order":
                g.attrs[key] = value
        for key in f["obs"]:
            f.copy(f["obs/" + key], g, key)
        for name in wide.obs.columns[4000:]:
            g[name] = wide.obs[name].to_numpy()
            g[name].attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
        g.attrs["column-order"] = np.array(list(wide.obs.columns), dtype=h5py.string_dtype())
        del f["obs"]
        f.move("wide", "obs")
    yield save(narrow, "4401 columns", widen)


def main():
    print("anndata", version("anndata"), "pandas", pd.__version__)
    with tempfile.TemporaryDirectory() as folder:
        cases = list(generated(folder))
        if DATA and DATA.is_dir():
            cases += [(p.name, p, None) for p in sorted(DATA.rglob("*.h5ad"))]
        for label, path, reference in cases:
            check_reading(label, path, reference)
            check_copying(label, path, folder, reference)
    print(f"{len(cases)} files, {len(failures)} differences")
    return 1 if failures else 0


sys.exit(main())
