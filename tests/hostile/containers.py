"""The parts of a file in the place of others, and parts that do not fit the axes they lie along."""
import h5py
import numpy as np

from sound_file import CELLS, COPYING, GENES, hostile, replace, tag


def one_more(values): return np.concatenate([values, values[:1]])


@hostile(tools=COPYING)
def obsm_a_row_short(f): replace(f, "obsm/X_pca", f["obsm/X_pca"][:-1])


@hostile(tools=COPYING)
def obsm_a_row_long(f): replace(f, "obsm/X_pca", one_more(f["obsm/X_pca"][:]))


@hostile(tools=COPYING)
def varm_of_another_length(f): tag(f.create_dataset("varm/PCs", data=np.zeros((GENES + 3, 2))), "array")


@hostile(tools=COPYING)
def obsp_not_square(f): tag(f.create_dataset("obsp/wide", data=np.zeros((CELLS, CELLS + 1))), "array")


@hostile(tools=COPYING)
def obsp_of_another_size(f): f["obsp/near"].attrs["shape"] = np.array([CELLS - 1, CELLS - 1])


@hostile(tools=COPYING)
def layer_a_row_short(f): tag(f.create_dataset("layers/short", data=np.zeros((CELLS - 1, GENES))), "array")


@hostile(tools=COPYING)
def layer_turned_around(f): f["layers/counts"].attrs["shape"] = np.array([GENES, CELLS])


@hostile(tools=())
def layer_pointers_fall(f): f["layers/counts/indptr"][3] = 10**6


@hostile(tools=())
def layer_indices_beyond_rows(f): f["layers/counts/indices"][3] = CELLS


@hostile(tools=())
def obsp_indices_negative(f): f["obsp/near/indices"][3] = -3


@hostile(tools=COPYING)
def column_of_another_length(f): replace(f, "obs/note", f["obs/note"][:-2])


@hostile()
def obs_a_sparse_matrix(f):
    del f["obs"]
    f["obs"] = f["X"]


@hostile()
def X_a_dataframe(f):
    del f["X"]
    f["X"] = f["obs"]


@hostile()
def X_the_root(f):
    del f["X"]
    f["X"] = f["/"]


@hostile(tools=COPYING)
def X_without_space(f):
    del f["X"]
    tag(f.create_dataset("X", data=h5py.Empty("f4")), "null", "0.1.0")


@hostile()
def X_a_named_type(f):
    del f["X"]
    f["X"] = np.dtype("f8")


@hostile()
def obs_holds_obs_as_index(f):
    del f["obs/_index"]
    f["obs/_index"] = f["obs"]


@hostile()
def X_of_complex_numbers(f): replace(f, "X", np.zeros((CELLS, GENES), "c16"), keep=False)


@hostile()
def X_of_records(f): replace(f, "X", np.zeros((CELLS, GENES), [("a", "i4"), ("b", "f8")]), keep=False)


@hostile()
def X_of_opaque_bytes(f): replace(f, "X", np.zeros((CELLS, GENES), "V16"), keep=False)
