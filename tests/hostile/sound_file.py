"""The sound file that every damaged one is a copy of, and what the modules of damages share. Each of their functions marked
@hostile damages the copy in one way; its name says how."""
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


def put(out, at, values): out[at:at + len(values)] = values
