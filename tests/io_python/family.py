"""The sound files: every layout that a scanpy user may have, made with the installed anndata and edited with h5py.

    for label, path, reference, copied in made(folder): ...

`reference`: the AnnData it should read as, or None for what the installed anndata reads; not `copied`: anndata cannot
read it, so no copy either
"""
import warnings
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp


def base(n=50, m=20, seed=3):
    rng = np.random.default_rng(seed)
    x = sp.random(n, m, 0.3, "csr", dtype=np.float32, random_state=seed)
    obs = pd.DataFrame({"time": rng.integers(0, 3, n)}, index=[f"c{i}" for i in range(n)])
    return ad.AnnData(x, obs=obs, var=pd.DataFrame(index=[f"g{i}" for i in range(m)]))


def text(values):
    return np.array(values, dtype=h5py.string_dtype())


def tag(node, encoding, version="0.2.0"):
    node.attrs.update({"encoding-type": encoding, "encoding-version": version})
    return node


def replace(f, name, values, **options):
    """Puts values in the place of a dataset, with its attributes."""
    attributes = dict(f[name].attrs)
    del f[name]
    made_anew = f.create_dataset(name, data=values, **options)
    made_anew.attrs.update(attributes)


def names(f, axis):
    """The index of obs or var, whichever way this anndata wrote it."""
    node = f[f"{axis}/{f[axis].attrs['_index']}"]
    return (node["values"] if isinstance(node, h5py.Group) else node).asstr()[:]


def made(folder):
    # Not at the top: they need what stands above.
    import made_containers
    import made_frames
    import made_layouts
    import made_matrices

    number = 0
    for module in (made_matrices, made_frames, made_layouts, made_containers):
        for label, data, edit, options in module.files():
            number += 1
            path = Path(folder) / f"made{number}.h5ad"
            reference, copied = options.pop("reference", None), options.pop("copied", True)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                data.write_h5ad(path, **options)
            if edit:
                with h5py.File(path, "r+") as f:
                    edit(f)
            if label in REWRITTEN:
                path = REWRITTEN[label](path)
            yield label, path, reference, copied


def rewritten(path, userblock=0, **options):
    """The same file in another dress of HDF5."""
    target = path.with_name(f"{path.stem}-rewritten.h5ad")
    with h5py.File(path) as source, h5py.File(target, "w", userblock_size=userblock, **options) as copy:
        for name in source:
            source.copy(name, copy)
        copy.attrs.update(source.attrs)
    path.unlink()
    return target


def remade(path, **options):
    """The same, each header made anew and of more bytes than HDF5 reads of it at first."""
    target = path.with_name(f"{path.stem}-remade.h5ad")

    def copy(old, new):
        new.attrs.update(old.attrs)
        new.attrs["long"] = np.arange(200)
        for name, member in (old.items() if isinstance(old, h5py.Group) else ()):
            group = isinstance(member, h5py.Group)
            made = new.create_group(name) if group else new.create_dataset(name, data=member[()], dtype=member.dtype)
            copy(member, made)

    with h5py.File(path) as source, h5py.File(target, "w", **options) as new:
        copy(source, new)
    path.unlink()
    return target


REWRITTEN = {
    "long headers": lambda p: remade(p),
    "long headers of HDF5 1.10": lambda p: remade(p, libver=("v110", "v110")),
    "the latest format of HDF5": lambda p: rewritten(p, libver="latest"),
    "the format of HDF5 1.8": lambda p: rewritten(p, libver=("v108", "v108")),
    "a user block before the file": lambda p: rewritten(p, userblock=512),
    "members in the order of their making": lambda p: rewritten(p, track_order=True),
    "the latest format with tracked order": lambda p: rewritten(p, libver="latest", track_order=True),
}
