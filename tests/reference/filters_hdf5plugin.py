#!/usr/bin/env python3
"""Writes tests/cli/data/filters.h5ad: layers of the same numbers, each through another HDF5 filter.

Needs h5py 3.12 or later and hdf5plugin 5 or later; hdf5plugin's filters are the ones that people write with.
"""

import sys
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np

CELLS, GENES = 60, 21
FILTERS = {
    "blosc": hdf5plugin.Blosc("blosclz"),
    "blosc_zstd": hdf5plugin.Blosc("zstd", shuffle=hdf5plugin.Blosc.SHUFFLE),
    "blosc_bits": hdf5plugin.Blosc("lz4", shuffle=hdf5plugin.Blosc.BITSHUFFLE),
    "lz4": hdf5plugin.LZ4(nbytes=256),
    "zstd": hdf5plugin.Zstd(),
    "zstd_shuffle": dict(hdf5plugin.Zstd(), shuffle=True),
    "zstd_checksum": dict(hdf5plugin.Zstd(), fletcher32=True),
    "bits": hdf5plugin.Bitshuffle(cname="none"),
    "bits_lz4": hdf5plugin.Bitshuffle(nelems=64, cname="lz4"),
    "bits_zstd": hdf5plugin.Bitshuffle(cname="zstd"),
    "lzf": {"compression": "lzf"},
    "gzip_shuffle": {"compression": "gzip", "shuffle": True},
    "bzip2": hdf5plugin.BZip2(),
    "blosc2": hdf5plugin.Blosc2(),
}


def tag(node, encoding, version="0.2.0"):
    node.attrs["encoding-type"], node.attrs["encoding-version"] = encoding, version
    return node


def main():
    path = Path(__file__).parent.parent / "cli" / "data" / "filters.h5ad"
    values = np.random.default_rng(5).poisson(0.7, (CELLS, GENES))
    with h5py.File(sys.argv[1] if len(sys.argv) > 1 else path, "w") as f:
        tag(f, "anndata", "0.1.0")
        for name, prefix, count in (("obs", "c", CELLS), ("var", "g", GENES)):
            frame = tag(f.create_group(name), "dataframe")
            frame.attrs["_index"] = "_index"
            frame.attrs["column-order"] = np.array([], dtype=h5py.string_dtype())
            names = np.array([f"{prefix}{i}" for i in range(count)], dtype=h5py.string_dtype())
            tag(frame.create_dataset("_index", data=names), "string-array")
        tag(f.create_dataset("X", data=values.astype("f4")), "array")
        layers = tag(f.create_group("layers"), "dict", "0.1.0")
        for i, (name, options) in enumerate(FILTERS.items()):
            # In turns: chunks of whole rows, and tiles that end beyond the matrix.
            chunks = (50, GENES) if i % 2 == 0 else (32, 8)
            dtype = ("i2", "f4", "f8")[i % 3]
            tag(layers.create_dataset(name, data=values.astype(dtype), chunks=chunks, **options), "array")


if __name__ == "__main__":
    main()
