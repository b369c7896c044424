"""obs and var: names of every type, columns of every kind, categories."""
import h5py
import numpy as np
import pandas as pd

from family import base, names, replace, tag, text


def with_column(values, name="extra"):
    b = base()
    b.obs[name] = values
    return b


def write_names(values, tagged=True):
    def edit(f):
        name = f["obs"].attrs["_index"]
        del f["obs"][name]
        f["obs"][name] = values
        if tagged:
            tag(f["obs"][name], "string-array")
    return edit


def name_files():
    cells = [f"c{i}" for i in range(50)]
    d = base()
    d.obs_names = ["same"] * d.n_obs
    yield "duplicate names", d, None, {}

    def fixed_strings(f):
        for axis in ("obs", "var"):
            values = names(f, axis)
            del f[f"{axis}/_index"]
            f[f"{axis}/_index"] = values.astype("S")
    yield "fixed-length names", base(), fixed_strings, {}
    yield "integer names", base(), write_names(np.arange(50), tagged=False), {}
    yield "names ASCII of any length", base(), write_names(np.array(cells, h5py.string_dtype("ascii"))), {}
    utf8 = np.array([f"größe{i}".encode() for i in range(50)], h5py.string_dtype("utf-8", 12))
    yield "names UTF-8 of fixed length", base(), write_names(utf8), {}
    yield "names without attributes", base(), write_names(text(cells), tagged=False), {}

    def in_chunks(f):
        del f["obs/_index"]
        tag(f.create_dataset("obs/_index", data=text(cells), chunks=(7,), compression="gzip"), "string-array")
    yield "names in chunks", base(), in_chunks, {}
    strange = base()
    odd = ["", " ", "a\tb", "line\nbreak", 'quote"d', "x" * 70000, "größe", "\u200b", "NA", "nan"]
    strange.obs_names = odd + cells[10:]
    yield "strange names", strange, None, {}

    def nullable(f):
        for axis in ("obs", "var"):
            values = names(f, axis)
            del f[f"{axis}/_index"]
            group = tag(f.create_group(f"{axis}/_index"), "nullable-string-array", "0.1.0")
            tag(group.create_dataset("values", data=text(values)), "string-array")
            tag(group.create_dataset("mask", data=np.zeros(len(values), bool)), "array")
    yield "nullable names", base(), nullable, {}
    named = base()
    named.obs.index.name, named.var.index.name = "barcode", "gene name"
    yield "named indices", named, None, {}

    def listed(f):
        f["obs"].attrs["column-order"] = text(["_index", "time"])
    yield "the index among the columns", base(), listed, {"reference": base()}


def column_files():
    rng = np.random.default_rng(6)
    n = 50
    some = rng.random(n) < 0.3
    for dtype in ("int8", "uint8", "int16", "uint16", "uint32", "uint64", "float16", "float32", "bool"):
        yield f"column {dtype}", with_column((rng.random(n) * 100).astype(dtype)), None, {}

    def big_endian(f):
        replace(f, "obs/extra", f["obs/extra"][:].astype(">f8"))
    counted = with_column(np.arange(n, dtype="f8"))
    yield "column big-endian", counted.copy(), big_endian, {"reference": counted, "copied": False}
    for dtype in ("Int8", "UInt32", "Int64"):
        yield f"column nullable {dtype}", with_column(pd.array(np.where(some, None, 5), dtype=dtype)), None, {}
    yield "column nullable all missing", with_column(pd.array([None] * n, dtype="Int64")), None, {}
    words = [f"u{i}" for i in range(n)]

    def fixed_length(f):
        del f["obs/extra"]
        f["obs/extra"] = np.array([word.encode() for word in words])
    yield "column text of fixed length", with_column(words), fixed_length, {}
    yield "text column with escapes", with_column([f"a\tb\n{i}\x1b[31m" for i in range(n)]), None, {}

    def nullable_text(na_value):
        def edit(f):
            del f["obs/extra"]
            group = tag(f.create_group("obs/extra"), "nullable-string-array", "0.1.0")
            if na_value:
                group.attrs["na-value"] = na_value
            tag(group.create_dataset("values", data=text(np.where(some, "", "word"))), "string-array")
            tag(group.create_dataset("mask", data=some), "array")
        return edit
    for na_value in ("", "NA", "NaN"):
        label = f"nullable text, missing as {na_value or 'default'}"
        yield label, with_column(np.arange(n)), nullable_text(na_value), {}
    bare = base()
    bare.obs = bare.obs[[]]
    yield "no columns", bare, None, {}

    def no_columns(f):
        f["obs"].attrs["column-order"] = np.zeros(0, h5py.string_dtype())
    yield "no columns, said as text", bare.copy(), no_columns, {}
    many = base()
    for name in ("day 3.5", "größe", "a.b", "-x", "__categories?", "1", "UPPER", "upper"):
        many.obs[name] = np.arange(n)
    yield "strange columns", many, None, {}


def category_files():
    rng = np.random.default_rng(8)
    n = 50
    kinds = {"text": ["early", "late", "größe"], "floats": [0.5, 1.0, 7.5], "integers": [3, 6, 12],
             "negative": [-2, 0, 4], "booleans": [False, True]}
    for label, categories in kinds.items():
        codes = rng.integers(-1, len(categories), n)
        column = pd.Categorical.from_codes(codes, categories, ordered=label == "floats")
        yield f"categories of {label}", with_column(column), None, {}
    yield "categories all missing", with_column(pd.Categorical.from_codes([-1] * n, ["a", "b"])), None, {}
    many = pd.Categorical.from_codes(rng.integers(0, 300, n), [f"k{i}" for i in range(300)])
    yield "300 categories", with_column(many), None, {}
    for dtype in ("int16", "int64"):
        def retype(f, dtype=dtype):
            replace(f, "obs/extra/codes", f["obs/extra/codes"][:].astype(dtype))
        column = pd.Categorical.from_codes(rng.integers(-1, 2, n), ["a", "b"])
        yield f"codes {dtype}", with_column(column), retype, {}

    def ordered(f):
        f["obs/extra"].attrs["ordered"] = np.int8(1)
    column = pd.Categorical.from_codes(rng.integers(0, 2, n), ["a", "b"])
    yield "ordered as an integer", with_column(column), ordered, {}

    def nullable_categories(f):
        del f["obs/extra/categories"]
        group = tag(f.create_group("obs/extra/categories"), "nullable-string-array", "0.1.0")
        tag(group.create_dataset("values", data=text(["a", "b"])), "string-array")
        tag(group.create_dataset("mask", data=np.zeros(2, bool)), "array")
    column = pd.Categorical.from_codes(rng.integers(0, 2, n), ["a", "b"])
    yield "nullable categories", with_column(column), nullable_categories, {}


def files():
    yield from name_files()
    yield from column_files()
    yield from category_files()
