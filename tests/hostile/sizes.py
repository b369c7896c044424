"""Sizes that no data back."""
import h5py
import numpy as np

from sound_file import CELLS, COPYING, GENES, hostile, replace, tag, text


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
def uns_array_of_two_to_the_24_chunks_never_written(f):
    f.create_dataset("uns/big", shape=(2**24,), dtype="i1", chunks=(1,))[:9] = 1


@hostile(tools=COPYING)
def column_of_two_to_the_40(f): tag(huge(f, "obs/note", (2**40,), "f8", chunks=(2**16,)), "array")


@hostile(tools=COPYING)
def sparse_obsp_of_two_to_the_40(f): f["obsp/near"].attrs["shape"] = np.array([2**40, 2**40])
