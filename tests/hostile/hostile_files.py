"""Files that a reader must refuse: each function below damages a copy of one sound file in one way.

    for label, tools, path in make_all(folder): ...     `tools`: those of info, prep and pca that have to refuse it
"""
import os
import re
import shutil
import struct
from pathlib import Path

import h5py
import numpy as np

CELLS, GENES = 60, 25
ALL = ("info", "prep", "pca")
COPYING = ("prep", "pca")  # instar-info does not look there
VARIANTS = []


def hostile(tools=ALL, on="h5"):
    """`on`: h5 (an open file), bytes (returns what takes their place), or path."""

    def note(function):
        VARIANTS.append((function.__name__.replace("_", " "), tools, on, function))
        return function

    return note


def text(values):
    return np.array(values, dtype=h5py.string_dtype())


def tag(node, encoding, version="0.2.0"):
    node.attrs["encoding-type"], node.attrs["encoding-version"] = encoding, version
    return node


def replace(f, name, values, keep=True, **options):
    """Puts values in the place of a dataset, with its attributes."""
    attributes = dict(f[name].attrs) if keep else {}
    del f[name]
    made = f.create_dataset(name, data=values, **options)
    made.attrs.update(attributes)


def frame(f, name, prefix, length, columns):
    group = tag(f.create_group(name), "dataframe")
    group.attrs["_index"] = "_index"
    group.attrs["column-order"] = text(columns)
    tag(group.create_dataset("_index", data=text([f"{prefix}{i}" for i in range(length)])), "string-array")
    return group


def sparse(f, name, encoding, rows, cols, rng):
    matrix = rng.poisson(0.5, (rows, cols)).astype("f4")
    major = matrix if encoding == "csr_matrix" else matrix.T
    group = tag(f.create_group(name), encoding, "0.1.0")
    group.attrs["shape"] = np.array([rows, cols])
    at = [np.flatnonzero(row) for row in major]
    group.create_dataset("data", data=np.concatenate([row[i] for row, i in zip(major, at)]), compression="gzip")
    group.create_dataset("indices", data=np.concatenate(at).astype("i4"), compression="gzip")
    group["indptr"] = np.concatenate([[0], np.cumsum([len(i) for i in at])]).astype("i8")


def make_base(path):
    rng = np.random.default_rng(7)
    with h5py.File(path, "w") as f:
        tag(f, "anndata", "0.1.0")
        sparse(f, "X", "csr_matrix", CELLS, GENES, rng)
        obs = frame(f, "obs", "cell", CELLS, ["time", "stage", "maybe", "note"])
        tag(obs.create_dataset("time", data=np.repeat([0, 1, 2], CELLS // 3)), "array")
        stage = tag(obs.create_group("stage"), "categorical")
        stage.attrs["ordered"] = False
        tag(stage.create_dataset("codes", data=np.tile([0, 1, -1], CELLS // 3).astype("i1")), "array")
        tag(stage.create_dataset("categories", data=text(["early", "late"])), "string-array")
        maybe = tag(obs.create_group("maybe"), "nullable-integer", "0.1.0")
        tag(maybe.create_dataset("values", data=np.arange(CELLS)), "array")
        tag(maybe.create_dataset("mask", data=np.arange(CELLS) % 2 == 0), "array")
        tag(obs.create_dataset("note", data=text([f"note {i}" for i in range(CELLS)])), "string-array")
        frame(f, "var", "gene", GENES, [])
        for name in ("layers", "obsm", "varm", "obsp", "varp", "uns"):
            tag(f.create_group(name), "dict", "0.1.0")
        sparse(f, "layers/counts", "csc_matrix", CELLS, GENES, rng)
        sparse(f, "obsp/near", "csr_matrix", CELLS, CELLS, rng)
        tag(f.create_dataset("obsm/X_pca", data=rng.random((CELLS, 3), dtype="f4")), "array")
        tag(f.create_dataset("uns/title", data="a title", dtype=h5py.string_dtype()), "string")
        tag(f.create_dataset("uns/words", data=text(["one", "two"])), "string-array")


# ---- the file as a whole


@hostile(on="bytes")
def empty_file(b): return b""


@hostile(on="bytes")
def truncated_to_a_half(b): return b[: len(b) // 2]


@hostile(on="bytes")
def truncated_by_one_byte(b): return b[:-1]


@hostile(on="bytes")
def signature_only(b): return b[:8]


@hostile(on="bytes")
def superblock_only(b): return b[:96]


@hostile(on="bytes")
def first_kilobyte_only(b): return b[:1024]


@hostile(on="bytes")
def all_zeros_behind_superblock(b): return b[:96] + bytes(len(b) - 96)


@hostile(on="bytes")
def all_ones_behind_superblock(b): return b[:96] + b"\xff" * (len(b) - 96)


@hostile(on="bytes")
def text_file(b): return b"cell\tgene\tcount\n" * 500


@hostile(on="bytes")
def gzip_file(b): return b"\x1f\x8b\x08" + bytes(500)


@hostile(on="bytes")
def web_page(b): return b"<!DOCTYPE html><html><body>404</body></html>"


@hostile(on="bytes")
def superblock_of_another_version(b): return b[:8] + b"\x63" + b[9:]


@hostile(on="bytes")
def addresses_of_no_bytes(b): return b[:13] + b"\x00" + b[14:]


@hostile(on="bytes")
def addresses_of_255_bytes(b): return b[:13] + b"\xff" + b[14:]


@hostile(on="bytes")
def end_of_file_beyond_any_disk(b): return b[:40] + struct.pack("<Q", 2**60) + b[48:]


@hostile(on="bytes")
def root_beyond_the_end(b): return b[:64] + struct.pack("<Q", 2**40) + b[72:]


@hostile(on="bytes")
def root_inside_the_superblock(b): return b[:64] + struct.pack("<Q", 8) + b[72:]


@hostile(on="path")
def folder(path):
    path.unlink()
    path.mkdir()


@hostile(on="path")
def not_there(path): path.unlink()


# ---- structures of HDF5


def each(b, signature, edit):
    """Applies edit(bytearray, position) wherever the signature stands."""
    out = bytearray(b)
    for match in re.finditer(re.escape(signature), b):
        edit(out, match.start())
    return bytes(out)


def put(out, at, values): out[at:at + len(values)] = values


@hostile(on="bytes")
def btree_nodes_lost(b): return b.replace(b"TREE", b"EERT")


@hostile(on="bytes")
def local_heaps_lost(b): return b.replace(b"HEAP", b"PAEH")


@hostile(on="bytes")
def symbol_tables_lost(b): return b.replace(b"SNOD", b"DONS")


@hostile(on="bytes")
def text_heaps_lost(b): return b.replace(b"GCOL", b"LOCG")


@hostile(on="bytes")
def btree_nodes_claim_65535_entries(b): return each(b, b"TREE", lambda o, p: put(o, p + 6, b"\xff\xff"))


@hostile(on="bytes")
def btree_nodes_claim_to_be_deep(b): return each(b, b"TREE", lambda o, p: put(o, p + 5, b"\xfe"))


@hostile(on="bytes")
def btree_nodes_lead_to_themselves(b):
    return each(b, b"TREE", lambda o, p: (put(o, p + 5, b"\x01"), put(o, p + 32, struct.pack("<Q", p))))


@hostile(on="bytes")
def symbol_tables_claim_65535_entries(b): return each(b, b"SNOD", lambda o, p: put(o, p + 6, b"\xff\xff"))


@hostile(on="bytes")
def local_heaps_of_2_to_the_60_bytes(b): return each(b, b"HEAP", lambda o, p: put(o, p + 8, struct.pack("<Q", 2**60)))


@hostile(on="bytes")
def local_heaps_lie_beyond_the_end(b): return each(b, b"HEAP", lambda o, p: put(o, p + 24, struct.pack("<Q", 2**50)))


@hostile(on="bytes")
def text_heaps_of_2_to_the_60_bytes(b): return each(b, b"GCOL", lambda o, p: put(o, p + 8, struct.pack("<Q", 2**60)))


@hostile(on="bytes")
def text_heaps_of_16_bytes(b): return each(b, b"GCOL", lambda o, p: put(o, p + 8, struct.pack("<Q", 16)))


@hostile(on="bytes")
def text_of_2_to_the_62_bytes(b): return each(b, b"GCOL", lambda o, p: put(o, p + 24, struct.pack("<Q", 2**62)))


@hostile(on="bytes", tools=())
def texts_numbered_65535(b): return each(b, b"GCOL", lambda o, p: put(o, p + 16, b"\xff\xff"))


@hostile(on="bytes")
def texts_numbered_alike(b): return each(b, b"GCOL", lambda o, p: put(o, p + 40, b"\x01\x00"))


def references(b, f_path, edit, name="obs/_index"):
    """Applies edit to every stored reference to text (length 4, collection 8, object 4) of a contiguous dataset."""
    with h5py.File(f_path) as f:
        start, count = f[name].id.get_offset(), f[name].size
    out = bytearray(b)
    for i in range(count):
        edit(out, start + 16 * i)
    return bytes(out)


def rewrite_references(path, edit, name="obs/_index"):
    path.write_bytes(references(path.read_bytes(), path, edit, name))


@hostile(on="path")
def names_refer_to_an_object_that_is_not_there(path):
    rewrite_references(path, lambda o, p: put(o, p + 12, struct.pack("<I", 60000)))


@hostile(on="path")
def names_refer_to_object_four_thousand_million(path):
    rewrite_references(path, lambda o, p: put(o, p + 12, struct.pack("<I", 2**32 - 1)))


@hostile(on="path")
def names_refer_to_the_free_space(path):
    rewrite_references(path, lambda o, p: put(o, p + 12, struct.pack("<I", 0)))


@hostile(on="path")
def names_refer_beyond_the_end(path):
    rewrite_references(path, lambda o, p: put(o, p + 4, struct.pack("<Q", 2**50)))


@hostile(on="path")
def names_refer_to_the_superblock(path):
    rewrite_references(path, lambda o, p: put(o, p + 4, struct.pack("<Q", 8)))


@hostile(on="path")
def names_longer_than_their_heap(path):
    rewrite_references(path, lambda o, p: put(o, p, struct.pack("<I", 2**32 - 1)))


@hostile(on="path", tools=COPYING)
def notes_refer_to_an_object_that_is_not_there(path):
    rewrite_references(path, lambda o, p: put(o, p + 12, struct.pack("<I", 60000)), "obs/note")


@hostile(on="path", tools=COPYING)
def words_refer_to_an_object_that_is_not_there(path):
    rewrite_references(path, lambda o, p: put(o, p + 12, struct.pack("<I", 50001)), "uns/words")


@hostile(on="path", tools=COPYING)
def words_refer_beyond_the_end(path):
    rewrite_references(path, lambda o, p: put(o, p + 4, struct.pack("<Q", 2**50)), "uns/words")


@hostile(on="path", tools=COPYING)
def title_refers_to_an_object_that_is_not_there(path):
    rewrite_references(path, lambda o, p: put(o, p + 12, struct.pack("<I", 50001)), "uns/title")


@hostile(on="path", tools=COPYING)
def chunked_words_refer_to_an_object_that_is_not_there(path):
    with h5py.File(path, "r+") as f:
        replace(f, "uns/words", text([f"word {i}" for i in range(3000)]), chunks=(1000,))
        info = [f["uns/words"].id.get_chunk_info(i) for i in range(3)]
    out = bytearray(path.read_bytes())
    for chunk in info:
        for i in range(1000):
            put(out, chunk.byte_offset + 16 * i + 12, struct.pack("<I", 40000 + i))
    path.write_bytes(bytes(out))


# ---- links


@hostile()
def X_in_another_file(f):
    del f["X"]
    f["X"] = h5py.ExternalLink("/etc/passwd", "/X")


@hostile()
def obs_in_another_file(f):
    del f["obs"]
    f["obs"] = h5py.ExternalLink("other.h5ad", "/obs")


@hostile()
def data_of_X_in_another_file(f):
    del f["X/data"]
    f["X/data"] = h5py.ExternalLink("other.h5ad", "/X/data")


@hostile(tools=COPYING)
def uns_member_in_another_file(f): f["uns/far"] = h5py.ExternalLink("other.h5ad", "/uns")


@hostile()
def names_stored_in_another_file(f):
    del f["obs/_index"]
    f.create_dataset("obs/_index", shape=(CELLS,), dtype="S5", external=[("/etc/hostname", 0, h5py.h5f.UNLIMITED)])


@hostile()
def X_a_virtual_dataset(f):
    del f["X"]
    layout = h5py.VirtualLayout(shape=(CELLS, GENES), dtype="f4")
    layout[:] = h5py.VirtualSource("other.h5ad", "X", shape=(CELLS, GENES))
    tag(f.create_virtual_dataset("X", layout), "array")


@hostile()
def obs_leads_nowhere(f):
    del f["obs"]
    f["obs"] = h5py.SoftLink("/no/where")


@hostile()
def obs_leads_to_itself(f):
    del f["obs"]
    f["obs"] = h5py.SoftLink("/obs")


@hostile()
def indptr_leads_nowhere(f):
    del f["X/indptr"]
    f["X/indptr"] = h5py.SoftLink("/no/where")


@hostile(tools=COPYING)
def uns_holds_itself(f): f["uns/self"] = f["uns"]


@hostile(tools=COPYING)
def uns_holds_the_root(f): f["uns/root"] = h5py.SoftLink("/")


@hostile(tools=COPYING)
def uns_holds_itself_twice_per_level(f):
    f["uns/left"] = f["uns"]
    f["uns/right"] = f["uns"]


@hostile(tools=COPYING)
def uns_of_40_levels_each_shared_twice(f):
    group = f["uns"]
    for _ in range(40):
        group = group.create_group("a")
        group.parent["b"] = group


@hostile(tools=COPYING)
def uns_5000_levels_deep(f):
    group = f["uns"]
    for _ in range(5000):
        group = group.create_group("d")


@hostile(tools=COPYING)
def unknown_encoding_5000_levels_deep(f):
    group = tag(f["uns"].create_group("odd"), "never-heard-of")
    for _ in range(5000):
        group = group.create_group("d")


# ---- shapes, pointers and indices


@hostile()
def indptr_falls(f): f["X/indptr"][3] = 10**6


@hostile()
def indptr_negative(f): f["X/indptr"][1] = -5


@hostile()
def indptr_starts_late(f): f["X/indptr"][0] = 2


@hostile()
def indptr_ends_beyond_data(f): f["X/indptr"][CELLS] = 10**12


@hostile()
def indptr_too_short(f): replace(f, "X/indptr", f["X/indptr"][:-1])


@hostile()
def indptr_empty(f): replace(f, "X/indptr", np.zeros(0, "i8"))


@hostile()
def indptr_of_floats(f): replace(f, "X/indptr", f["X/indptr"][:].astype("f8"))


@hostile()
def indptr_a_table(f): replace(f, "X/indptr", np.zeros((CELLS + 1, 2), "i8"))


@hostile()
def indptr_text(f): replace(f, "X/indptr", text(["0"] * (CELLS + 1)))


@hostile()
def indices_beyond_columns(f): f["X/indices"][5] = GENES


@hostile()
def indices_negative(f): f["X/indices"][5] = -1


@hostile()
def indices_wrap_around_32_bits(f): replace(f, "X/indices", f["X/indices"][:].astype("i8") + 2**32)


@hostile()
def indices_fewer_than_data(f): replace(f, "X/indices", f["X/indices"][:-3])


@hostile()
def indices_of_floats(f): replace(f, "X/indices", f["X/indices"][:].astype("f4"))


@hostile()
def data_missing(f): del f["X/data"]


@hostile()
def data_a_group(f):
    del f["X/data"]
    f.create_group("X/data")


@hostile()
def data_text(f): replace(f, "X/data", text(["1"] * f["X/data"].size))


@hostile()
def data_without_space(f):
    del f["X/data"]
    f["X/data"] = h5py.Empty("f4")


@hostile()
def shape_missing(f): del f["X"].attrs["shape"]


@hostile()
def shape_negative(f): f["X"].attrs["shape"] = np.array([-1, GENES])


@hostile()
def shape_huge(f): f["X"].attrs["shape"] = np.array([2**62, 2**62])


@hostile()
def shape_of_three(f): f["X"].attrs["shape"] = np.array([CELLS, GENES, 1])


@hostile()
def shape_text(f): f["X"].attrs["shape"] = "60 x 25"


@hostile()
def shape_turned_around(f): f["X"].attrs["shape"] = np.array([GENES, CELLS])


@hostile()
def encoding_of_X_says_csc(f): f["X"].attrs["encoding-type"] = "csc_matrix"


@hostile()
def encoding_of_X_unknown(f): f["X"].attrs["encoding-type"] = "zip_matrix"


@hostile()
def encoding_of_X_a_number(f): f["X"].attrs["encoding-type"] = 3


@hostile()
def X_of_three_dimensions(f): replace(f, "X", np.zeros((CELLS, GENES, 2), "f4"), keep=False)


@hostile()
def X_of_text(f): replace(f, "X", text([["a"] * GENES] * CELLS), keep=False)


@hostile()
def X_a_row_short(f): replace(f, "X", np.zeros((CELLS - 1, GENES), "f4"), keep=False)


@hostile()
def X_of_references(f):
    del f["X"]
    f.create_dataset("X", (CELLS, GENES), dtype=h5py.ref_dtype)


# ---- sizes without data


def huge(f, name, shape, dtype, **options):
    del f[name]
    return f.create_dataset(name, shape=shape, dtype=dtype, **options)


@hostile()
def names_two_to_the_60(f): huge(f, "obs/_index", (2**60,), "S8", chunks=(1024,))


@hostile()
def names_two_to_the_40_of_any_length(f): huge(f, "obs/_index", (2**40,), h5py.string_dtype(), chunks=(1024,))


@hostile()
def dense_X_of_two_to_the_50(f): tag(huge(f, "X", (2**25, 2**25), "f8", chunks=(8, 8)), "array")


@hostile()
def dense_X_of_forty_gigabytes_never_written(f):
    for name, length in (("obs", 10**6), ("var", 10**4)):
        replace(f, f"{name}/_index", np.full(length, b"a"), compression="gzip")
        f[name].attrs["column-order"] = text([])
    tag(huge(f, "X", (10**6, 10**4), "f4", chunks=(1000, 100), compression="gzip"), "array")


@hostile()
def data_of_two_to_the_45(f):
    for part in ("data", "indices"):
        huge(f, f"X/{part}", (2**45,), "i4", chunks=(2**16,), compression="gzip")


@hostile()
def indptr_of_two_to_the_40(f): huge(f, "X/indptr", (2**40,), "i8", chunks=(2**16,), compression="gzip")


@hostile()
def chunk_of_three_gigabytes(f):
    tag(huge(f, "X", (CELLS, GENES), "f8", maxshape=(None, None), chunks=(20000, 20000), compression="gzip"), "array")
    f["X"][0, 0] = 1


@hostile()
def fixed_text_of_a_gigabyte(f): huge(f, "obs/_index", (CELLS,), "S1000000000", chunks=(1,), compression="gzip")


@hostile(tools=COPYING)
def uns_array_of_two_to_the_50(f): f.create_dataset("uns/big", shape=(2**50,), dtype="i1", chunks=(2**20,))


@hostile(tools=COPYING)
def column_of_two_to_the_40(f): tag(huge(f, "obs/note", (2**40,), "f8", chunks=(2**16,)), "array")


@hostile(tools=COPYING)
def sparse_obsp_of_two_to_the_40(f): f["obsp/near"].attrs["shape"] = np.array([2**40, 2**40])


# ---- dataframes


@hostile()
def index_missing(f): del f["obs/_index"]


@hostile()
def index_named_elsewhere(f): f["obs"].attrs["_index"] = "../../etc/passwd"


@hostile()
def index_a_sparse_matrix(f):
    del f["obs/_index"]
    f["obs/_index"] = f["X"]


@hostile()
def index_a_table(f): replace(f, "obs/_index", text([["a", "b"]] * CELLS))


@hostile()
def index_shorter_than_X(f): replace(f, "obs/_index", text(["a"] * (CELLS - 5)))


@hostile()
def index_of_variable_names_longer_than_X(f): replace(f, "var/_index", text(["a"] * (GENES + 5)))


@hostile()
def index_without_space(f):
    del f["obs/_index"]
    f["obs/_index"] = h5py.Empty(h5py.string_dtype())


@hostile()
def obs_a_number(f):
    del f["obs"]
    f["obs"] = 3


@hostile()
def var_missing(f): del f["var"]


@hostile()
def time_shorter_than_index(f): replace(f, "obs/time", np.arange(CELLS - 1))


@hostile()
def time_a_table(f): replace(f, "obs/time", np.zeros((CELLS, 2)))


@hostile()
def time_infinite(f): replace(f, "obs/time", np.full(CELLS, np.inf))


@hostile()
def time_without_space(f):
    del f["obs/time"]
    f["obs/time"] = h5py.Empty("f8")


@hostile()
def time_column_words(f): replace(f, "obs/time", text(["soon"] * CELLS))


def categorical_time(f, codes, categories):
    del f["obs/time"]
    group = tag(f.create_group("obs/time"), "categorical")
    group.attrs["ordered"] = False
    group["codes"], group["categories"] = codes, categories


@hostile()
def codes_beyond_categories(f): categorical_time(f, np.full(CELLS, 3), np.array([0.5, 1.5]))


@hostile()
def codes_below_minus_one(f): categorical_time(f, np.full(CELLS, -2), np.array([0.5, 1.5]))


@hostile()
def codes_wrap_around_32_bits(f): categorical_time(f, np.full(CELLS, 2**32), np.array([0.5, 1.5]))


@hostile()
def codes_of_floats(f): categorical_time(f, np.zeros(CELLS), np.array([0.5, 1.5]))


@hostile()
def categories_missing(f):
    categorical_time(f, np.zeros(CELLS, "i1"), np.array([0.5]))
    del f["obs/time/categories"]


@hostile()
def categories_hold_themselves(f):
    categorical_time(f, np.zeros(CELLS, "i1"), np.array([0.5]))
    del f["obs/time/categories"]
    f["obs/time/categories"] = f["obs/time"]


@hostile()
def mask_shorter_than_values(f):
    del f["obs/time"]
    f["obs/time"] = f["obs/maybe"]
    replace(f, "obs/maybe/mask", np.zeros(3, bool))


@hostile()
def values_hold_themselves(f):
    del f["obs/time"]
    f["obs/time"] = f["obs/maybe"]
    del f["obs/maybe/values"]
    f["obs/maybe/values"] = f["obs/maybe"]


# ---- filters


def claim_filter(path, number):
    """Renames gzip in the filter messages of X/data to a filter of that number."""
    out = bytearray(path.read_bytes())
    count = 0
    for match in re.finditer(rb"\x01\x00\x08\x00\x01\x00\x01\x00deflate\x00", bytes(out)):
        put(out, match.start(), struct.pack("<H", number))
        count += 1
    assert count > 0
    path.write_bytes(bytes(out))


@hostile(on="path")
def filter_nobody_knows(path): claim_filter(path, 31999)


@hostile(on="path")
def filter_bitshuffle(path): claim_filter(path, 32008)


@hostile(on="path")
def filter_says_szip(path): claim_filter(path, 4)


@hostile(on="path")
def filter_says_lzf(path): claim_filter(path, 32000)


@hostile(on="path")
def filter_says_zstd(path): claim_filter(path, 32015)


@hostile(on="path")
def filter_says_blosc(path): claim_filter(path, 32001)


@hostile(on="path")
def compressed_data_damaged(path):
    with h5py.File(path) as f:
        chunk = f["X/data"].id.get_chunk_info(0)
    out = bytearray(path.read_bytes())
    put(out, chunk.byte_offset, b"\x78\x9c" + b"\xff" * (chunk.size - 2))
    path.write_bytes(bytes(out))


@hostile()
def checksum_wrong(f):
    replace(f, "X/data", f["X/data"][:], fletcher32=True, chunks=(100,))
    f.flush()
    chunk = f["X/data"].id.get_chunk_info(0)
    with open(f.filename, "r+b") as raw:
        raw.seek(chunk.byte_offset)
        raw.write(b"\x01\x02\x03\x04")


@hostile()
def compressed_bomb_of_names(f):
    replace(f, "obs/_index", np.zeros(40_000_000, "S100"), compression="gzip", compression_opts=9, chunks=(2_000_000,))


def make_all(folder):
    folder = Path(folder)
    base = folder / "base.h5ad"
    make_base(base)
    for number, (label, tools, on, damage) in enumerate(VARIANTS):
        path = folder / f"hostile{number:03}.h5ad"
        shutil.copyfile(base, path)
        if on == "h5":
            with h5py.File(path, "r+") as f:
                damage(f)
        elif on == "bytes":
            path.write_bytes(damage(path.read_bytes()))
        else:
            damage(path)
        yield label, tools, path
        if path.is_file():
            os.unlink(path)
