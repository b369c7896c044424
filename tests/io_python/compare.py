"""What is equal: columns and matrices as io_probe prints them beside pandas and scipy, two AnnData with each other."""
import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

failures = []


def check(condition, *what):
    if not condition:
        failures.append(" ".join(map(str, what)))
        print("FAIL", *what)


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
        if pd.api.types.is_numeric_dtype(theirs.cat.categories.dtype) and theirs.cat.categories.dtype != bool:
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
    x[~np.isfinite(x)] = np.nan  # io_probe's JSON has one word for both
    check(ours is not None and [ours["rows"], ours["cols"]] == list(x.shape), name, "shape")
    check(close(ours["row_sums"], x.sum(1)), name, "row sums")
    check(close(ours["column_sums"], (x * np.arange(1, x.shape[0] + 1)[:, None]).sum(0)), name, "column sums")


def is_awkward(value):
    return type(value).__module__.partition(".")[0] == "awkward"


def same(a, b, where):
    """Whether two values of an AnnData are equal, whatever they are."""
    if is_awkward(a):
        check(is_awkward(b) and a.to_list() == b.to_list() and str(a.type) == str(b.type), where, "awkward values")
    elif isinstance(a, dict) or hasattr(a, "keys") and not isinstance(a, (pd.DataFrame, np.ndarray)):
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
