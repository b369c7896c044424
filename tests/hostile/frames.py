"""Dataframes: indices, columns, times, categories."""
import h5py
import numpy as np

from sound_file import CELLS, GENES, hostile, replace, tag, text


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
