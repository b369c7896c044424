"""The layouts of anndata 0.6 and 0.7, other writers' ways, and HDF5's own formats."""
import h5py
import numpy as np
import pandas as pd

from family import base, names, text


def untag(node):
    for key in ("encoding-type", "encoding-version"):
        node.attrs.pop(key, None)


def timed():
    b = base()
    b.obs["stage"] = pd.Categorical.from_codes(np.arange(50) % 3 - 1, ["early", "late"])
    b.obs["score"] = np.linspace(0, 1, 50)
    b.obs["flag"] = np.arange(50) % 2 == 0
    b.obsm["X_pca"] = np.arange(150, dtype="f4").reshape(50, 3)
    b.uns["title"] = "a title"
    return b


def as_of_0_7(f):
    """Untagged but for frames and matrices; categories in __categories, referred to."""
    def untag_most(_, node):
        if node.attrs.get("encoding-type") not in ("dataframe", "csr_matrix", "csc_matrix"):
            untag(node)
    f.visititems(untag_most)
    untag(f)
    for axis in ("obs", "var"):
        values = names(f, axis)
        del f[f"{axis}/_index"]
        f[f"{axis}/_index"] = text(values)
        f[axis].attrs["encoding-version"] = "0.1.0"
        for name in [n for n in f[axis] if isinstance(f[f"{axis}/{n}"], h5py.Group)]:
            old = f[f"{axis}/{name}"]
            codes, categories, ordered = old["codes"][:], old["categories"].asstr()[:], bool(old.attrs["ordered"])
            del f[f"{axis}/{name}"]
            f[f"{axis}/__categories/{name}"] = text(categories)
            f[f"{axis}/__categories/{name}"].attrs["ordered"] = ordered
            f[f"{axis}/{name}"] = codes
            f[f"{axis}/{name}"].attrs["categories"] = f[f"{axis}/__categories/{name}"].ref


def as_of_0_6(names_type):
    """obs, var and obsm compound, categories in uns, X with the attributes of h5sparse."""
    def edit(f):
        codes = f["obs/stage/codes"][:]
        columns = {"index": names(f, "obs"), "time": f["obs/time"][:], "score": f["obs/score"][:], "stage": codes}
        rows = np.zeros(50, [("index", names_type), ("time", "i8"), ("score", "f8"), ("stage", "i1")])
        for name, values in columns.items():
            rows[name] = values
        genes = np.zeros(20, [("index", names_type)])
        genes["index"] = names(f, "var")
        pca = np.zeros(50, [("X_pca", "f4", (3,))])
        pca["X_pca"] = f["obsm/X_pca"][:]
        for name in ("obs", "var", "obsm", "varm", "obsp", "varp", "layers", "uns"):
            if name in f:
                del f[name]
        f["obs"], f["var"], f["obsm"] = rows, genes, pca
        f["uns/stage_categories"] = text(["early", "late"])
        f["uns/answer"] = np.array([42])
        f["X"].attrs.update({"h5sparse_format": "csr", "h5sparse_shape": np.array([50, 20])})
        del f["X"].attrs["shape"]
        untag(f["X"])
        untag(f)
    return edit


def complete():
    b = timed()
    b.obs["stage"] = pd.Categorical.from_codes(np.arange(50) % 2, ["early", "late"])
    del b.obs["flag"]
    return b


def fixed_attributes(f):
    """As Julia writes: text attributes of fixed length."""
    def fix(node):
        for key, value in list(node.attrs.items()):
            if isinstance(value, str):
                node.attrs[key] = np.bytes_(value.encode())
    f.visititems(lambda _, node: fix(node))
    fix(f)


def single_attributes(f):
    """Text attributes as lists of one."""
    for node in (f["X"], f["obs"], f["var"]):
        for key in ("encoding-type", "encoding-version"):
            node.attrs[key] = text([node.attrs[key]])


def files():
    yield "layout of 0.7", timed(), as_of_0_7, {}
    yield "layout of 0.6", complete(), as_of_0_6("S8"), {}
    yield "layout of 0.6, names of any length", complete(), as_of_0_6(h5py.string_dtype()), {}
    yield "attributes of fixed length", timed(), fixed_attributes, {}
    yield "root without attributes", timed(), untag, {}
    yield "what Java leaves", timed(), lambda f: f.create_group("__DATA_TYPES__"), {"reference": timed()}
    for label in ("the latest format of HDF5", "the format of HDF5 1.8", "a user block before the file",
                  "members in the order of their making", "the latest format with tracked order", "long headers",
                  "long headers of HDF5 1.10"):
        yield label, timed(), None, {}

    def soft_links(f):
        f.move("obsm/X_pca", "uns/elsewhere")
        f["obsm/X_pca"] = h5py.SoftLink("/uns/elsewhere")
    linked = timed()
    linked.uns["elsewhere"] = linked.obsm["X_pca"]
    yield "a soft link within the file", timed(), soft_links, {"reference": linked}
    yield "a hard link within the file", timed(), lambda f: f["uns"].__setitem__("again", f["obsm/X_pca"]), {}
