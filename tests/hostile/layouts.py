"""Damage to what older and newer versions of anndata write instead: compound tables, __categories, nullable text."""
import h5py
import numpy as np

from sound_file import CELLS, COPYING, GENES, hostile, put, replace, tag, text


def compound(f, name, columns, dtype):
    rows = np.zeros(len(next(iter(columns.values()))), dtype)
    for column, values in columns.items():
        rows[column] = values
    del f[name]
    f.create_dataset(name, data=rows)


def as_of_0_6(f, cells=CELLS, names="S8"):
    """Turns the file into what anndata 0.6 wrote: obs and var compound, X with the attributes of h5sparse."""
    cell_names = [f"cell{i}" for i in range(cells)]
    compound(f, "obs", {"index": cell_names, "time": np.arange(cells) % 3}, [("index", names), ("time", "i8")])
    compound(f, "var", {"index": [f"gene{i}" for i in range(GENES)]}, [("index", "S8")])
    for name in ("layers", "obsm", "varm", "obsp", "varp", "uns"):
        del f[name]
    for key in list(f["X"].attrs):
        del f["X"].attrs[key]
    f["X"].attrs["h5sparse_format"] = "csr"
    f["X"].attrs["h5sparse_shape"] = np.array([CELLS, GENES])
    for key in list(f.attrs):
        del f.attrs[key]


@hostile()
def compound_obs_shorter_than_X(f): as_of_0_6(f, CELLS - 7)


@hostile()
def compound_obs_a_table(f):
    as_of_0_6(f)
    replace(f, "obs", f["obs"][:].reshape(2, -1))


@hostile()
def compound_obs_without_space(f):
    as_of_0_6(f)
    dtype = f["obs"].dtype
    del f["obs"]
    f["obs"] = h5py.Empty(dtype)


@hostile()
def compound_obs_of_two_to_the_40(f):
    as_of_0_6(f)
    dtype = f["obs"].dtype
    del f["obs"]
    f.create_dataset("obs", shape=(2**40,), dtype=dtype, chunks=(1024,))


@hostile(on="path")
def compound_names_refer_beyond_the_end(path):
    with h5py.File(path, "r+") as f:
        as_of_0_6(f, names=h5py.string_dtype())
        start, size = f["obs"].id.get_offset(), f["obs"].id.get_type().get_size()
    out = bytearray(path.read_bytes())
    for i in range(CELLS):
        put(out, start + i * size + 4, (2**50).to_bytes(8, "little"))
    path.write_bytes(bytes(out))


@hostile()
def h5sparse_shape_negative(f):
    as_of_0_6(f)
    f["X"].attrs["h5sparse_shape"] = np.array([CELLS, -1])


@hostile()
def h5sparse_shape_missing(f):
    as_of_0_6(f)
    del f["X"].attrs["h5sparse_shape"]


@hostile()
def h5sparse_format_unknown(f):
    as_of_0_6(f)
    f["X"].attrs["h5sparse_format"] = "coo"


@hostile()
def h5sparse_indices_beyond_columns(f):
    as_of_0_6(f)
    f["X/indices"][0] = GENES + 1


def as_of_0_7(f, codes, categories):
    """obs/time as anndata 0.7 wrote categories: codes with a reference to obs/__categories/time."""
    del f["obs/time"]
    f["obs"].attrs["encoding-version"] = "0.1.0"
    f["obs/__categories/time"] = categories
    f["obs/time"] = codes
    f["obs/time"].attrs["categories"] = f["obs/__categories/time"].ref


@hostile()
def old_codes_beyond_categories(f): as_of_0_7(f, np.full(CELLS, 5, "i1"), np.arange(3))


@hostile()
def old_codes_below_minus_one(f): as_of_0_7(f, np.full(CELLS, -3, "i1"), np.arange(3))


@hostile()
def old_codes_of_floats(f): as_of_0_7(f, np.full(CELLS, 0.5), np.arange(3))


@hostile()
def old_categories_a_group(f):
    as_of_0_7(f, np.zeros(CELLS, "i1"), np.arange(3))
    del f["obs/__categories/time"]
    f.create_group("obs/__categories/time")
    f["obs/time"].attrs["categories"] = f["obs/__categories/time"].ref


@hostile()
def old_categories_of_two_to_the_40(f):
    as_of_0_7(f, np.zeros(CELLS, "i1"), np.arange(3))
    del f["obs/__categories/time"]
    f.create_dataset("obs/__categories/time", shape=(2**40,), dtype="f8", chunks=(1024,))
    f["obs/time"].attrs["categories"] = f["obs/__categories/time"].ref


def nullable_names(f, frame="obs", count=CELLS):
    del f[f"{frame}/_index"]
    group = tag(f.create_group(f"{frame}/_index"), "nullable-string-array", "0.1.0")
    tag(group.create_dataset("values", data=text([f"name{i}" for i in range(count)])), "string-array")
    tag(group.create_dataset("mask", data=np.zeros(count, bool)), "array")
    return group


@hostile()
def nullable_names_without_values(f): del nullable_names(f)["values"]


@hostile(tools=())
def nullable_names_of_numbers(f):
    nullable_names(f)
    replace(f, "obs/_index/values", np.arange(CELLS))


@hostile()
def nullable_names_shorter_than_X(f): nullable_names(f, count=CELLS - 2)


@hostile()
def nullable_gene_names_longer_than_X(f): nullable_names(f, "var", GENES + 2)


@hostile(tools=("info",))
def nullable_names_mask_shorter(f):
    nullable_names(f)
    replace(f, "obs/_index/mask", np.zeros(3, bool))


@hostile(tools=("info",))
def nullable_names_mask_of_text(f):
    nullable_names(f)
    replace(f, "obs/_index/mask", text(["no"] * CELLS))


@hostile()
def nullable_names_hold_themselves(f):
    group = nullable_names(f)
    del group["values"]
    group["values"] = group


@hostile()
def nullable_time_without_mask(f):
    del f["obs/time"]
    f["obs/time"] = f["obs/maybe"]
    del f["obs/maybe/mask"]


@hostile(tools=())
def nullable_column_mask_shorter(f): replace(f, "obs/maybe/mask", np.zeros(3, bool))


@hostile(tools=())
def column_codes_beyond_categories(f): f["obs/stage/codes"][4] = 17
