"""Frames of more columns than the header of an object holds.

`column-order` is an attribute of 16 bytes a name, and a header's message ends at 64 kB: 4,090 names fit, 4,095 do not, unless
the group keeps the order in which its attributes were made. anndata does that from 5,001 columns on, and cannot write
those between. What instar writes has to open again, whatever the number.
"""
import h5py
import numpy as np
import pandas as pd

from family import base

CELLS = 8
WRITABLE = 4090  # by anndata, and more than 5000


def widened(count):
    """Puts `count` columns of obs, in a group that keeps the order of its attributes, in place of those that there are."""
    def edit(f):
        wide = f.create_group("wide", track_order=True)
        for key, value in f["obs"].attrs.items():
            if key != "column-order":
                wide.attrs[key] = value
        index = f["obs"].attrs["_index"]
        f.copy(f["obs"][index], wide, index)
        names = [f"column {i}" for i in range(count)]
        for i, name in enumerate(names):
            wide.create_dataset(name, data=np.arange(CELLS) * 0.5 + i)
            wide[name].attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
        wide.attrs["column-order"] = np.array(names, dtype=h5py.string_dtype())
        del f["obs"]
        f.move("wide", "obs")
    return edit


def frame(count, names):
    return pd.DataFrame({f"column {i}": np.arange(CELLS) * 0.5 + i for i in range(count)}, index=names)


def files(counts):
    for count in counts:
        b = base(CELLS, 5)
        if WRITABLE < count <= 5000:
            b.obs = b.obs[[]]
            yield f"{count} columns", b, widened(count), {}
        else:
            b.obs = frame(count, b.obs_names)
            yield f"{count} columns", b, None, {}
