"""Matrices whose shapes, pointers and indices lie."""
import h5py
import numpy as np

from sound_file import CELLS, GENES, hostile, replace, text


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
