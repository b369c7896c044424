#!/usr/bin/env python3
"""Writes counts as anndata writes them with compression="gzip": sparse rows, float32, block by block.

    make_counts.py OUT.h5ad [--cells N] [--genes N] [--entries N]

Memory does not grow with the cells. Needs numpy and h5py.
"""

import argparse

import h5py
import numpy as np

BLOCK = 1000


def blocks(cells, genes, entries):
    """Yields (row ends within the block, indices, values): genes differ in how often they are seen, cells in depth."""
    rng = np.random.default_rng(1)
    weight = rng.lognormal(0, 1.5, genes)
    rate = weight / weight.sum() * entries
    for _ in range(20):  # expected distinct genes: sum(1 - exp(-rate))
        rate *= entries / (1 - np.exp(-rate)).sum()
    for begin in range(0, cells, BLOCK):
        count = min(BLOCK, cells - begin)
        depth = rng.lognormal(0, 0.25, (count, 1)).astype(np.float32)
        seen = -np.log1p(-rng.random((count, genes), dtype=np.float32)) < rate.astype(np.float32) * depth
        rows, indices = np.nonzero(seen)
        values = rng.poisson(rate[indices] * depth[rows, 0]).astype(np.float32)
        yield np.bincount(rows, minlength=count).cumsum(), indices.astype(np.int32), np.maximum(values, 1)


def frame(file, name, prefix, count):
    group = file.create_group(name)
    names = np.array([f"{prefix}{i}" for i in range(count)], dtype=object)
    group.create_dataset("_index", data=names, dtype=h5py.string_dtype())
    group["_index"].attrs.update({"encoding-type": "string-array", "encoding-version": "0.2.0"})
    group.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index"})
    group.attrs["column-order"] = np.array([], dtype=h5py.string_dtype())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output")
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--entries", type=int, default=1_400, help="expected values other than zero of a cell")
    options = parser.parse_args()
    with h5py.File(options.output, "w") as file:
        file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
        frame(file, "obs", "cell", options.cells)
        frame(file, "var", "gene", options.genes)
        for name in ("layers", "obsm", "obsp", "uns", "varm", "varp"):
            file.create_group(name).attrs.update({"encoding-type": "dict", "encoding-version": "0.1.0"})
        x = file.create_group("X")
        x.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0"})
        x.attrs["shape"] = np.array([options.cells, options.genes])
        # The chunk that h5py guesses for the whole list, as if it were written at once.
        chunk = h5py._hl.filters.guess_chunk((options.cells * options.entries,), None, 4)
        parts = {
            name: x.create_dataset(name, (0,), dtype, maxshape=(None,), chunks=chunk, compression="gzip")
            for name, dtype in (("indices", "int32"), ("data", "float32"))
        }
        indptr, stored = [np.zeros(1, np.int64)], 0
        for ends, indices, values in blocks(options.cells, options.genes, options.entries):
            indptr.append(stored + ends)
            for name, part in (("indices", indices), ("data", values)):
                parts[name].resize((stored + part.size,))
                parts[name][stored:] = part
            stored += indices.size
        x.create_dataset("indptr", data=np.concatenate(indptr), compression="gzip")


if __name__ == "__main__":
    main()
