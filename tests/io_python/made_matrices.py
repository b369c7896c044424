"""X and layers of every kind, number type, order of bytes and storage."""
import h5py
import numpy as np
import scipy.sparse as sp

from family import base, replace

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


def retyped(name, dtype):
    return lambda f: replace(f, name, f[name][:].astype(dtype))


def szip():
    """HDF5 may be built without the encoder; h5py's usually has it."""
    return [("szip", {"compression": "szip", "chunks": (10, 20)})] if h5py.h5z.filter_avail(h5py.h5z.FILTER_SZIP) else []


def dense_files(rng):
    for dtype in (*INTEGERS, "float16", "float32", "float64", "bool"):
        b = base()
        b.X = (rng.random(b.shape) < 0.3).astype(dtype) if dtype == "bool" else (b.X.toarray() * 9).astype(dtype)
        yield "dense " + dtype, b, None, {}
    for name, big in (("float big-endian", ">f4"), ("double big-endian", ">f8"), ("int big-endian", ">i8"),
                      ("unsigned big-endian", ">u2"), ("half big-endian", ">f2")):
        b = base()
        b.X = np.round(b.X.toarray() * 9)
        yield name, b, lambda f, big=big: replace(f, "X", f["X"][:].astype(big)), {}
    for label, options in (("in chunks of 7 x 3", {"chunks": (7, 3)}),
                           ("gzip and shuffle", {"compression": "gzip", "shuffle": True}),
                           ("lzf and checksums", {"compression": "lzf", "fletcher32": True}),
                           ("a chunk wider than the matrix", {"chunks": (64, 64), "maxshape": (None, None)}), *szip()):
        b = base()
        b.X = b.X.toarray()
        yield f"dense {label}", b, lambda f, o=options: replace(f, "X", f["X"][:], **o), {}


def sparse_files(rng):
    yield "plain", base(), None, {}
    yield "gzip", base(), None, {"compression": "gzip"}
    yield "lzf", base(), None, {"compression": "lzf"}
    for dtype in (*INTEGERS, "float64", "bool"):
        b = base()
        b.X = (b.X * 9).astype(dtype)
        yield "sparse " + dtype, b, None, {}
    for big in (">f4", ">f8"):
        yield f"sparse {big}", base(), retyped("X/data", big), {"reference": base(), "copied": False}
    yield "sparse indices big-endian", base(), retyped("X/indices", ">i4"), {}
    for index in ("uint8", "uint16", "uint32", "int64"):
        def edit(f, index=index):
            for part in ("indices",) + (("indptr",) if index == "int64" else ()):
                replace(f, "X/" + part, f["X/" + part][:].astype(index))
        yield "indices " + index, base(), edit, {}
    yield "indptr uint64", base(), retyped("X/indptr", "uint64"), {"reference": base()}
    for dtype in ("int32", "uint64"):
        def shape(f, dtype=dtype):
            f["X"].attrs["shape"] = np.array([50, 20], dtype)
        yield "shape " + dtype, base(), shape, {}
    for label, options in (("gzip in chunks of 5", {"compression": "gzip", "chunks": (5,)}),
                           ("gzip 9 and shuffle and checksums",
                            {"compression": "gzip", "compression_opts": 9, "shuffle": True, "fletcher32": True}),
                           ("contiguous", {})):
        def store(f, o=options):
            for part in ("data", "indices", "indptr"):
                replace(f, "X/" + part, f["X/" + part][:], **o)
        yield f"sparse {label}", base(), store, {}


def odd_files(rng):
    b = base()
    b.X = b.X.tocsc()
    b.layers["dense"] = b.X.toarray()
    b.layers["csc_int"] = (b.X * 100).astype(np.int64).tocsc()
    b.layers["csr"] = b.X.tocsr()
    yield "csc", b.copy(), None, {}
    yield "csc gzip", b.copy(), None, {"compression": "gzip"}
    del b.X
    yield "without X", b, None, {}
    messy = base()
    x = messy.X
    parts = [rng.permutation(np.repeat(np.arange(x.indptr[i], x.indptr[i + 1]), 2)) for i in range(x.shape[0])]
    order = np.concatenate(parts)
    twice = sp.csr_matrix((x.data[order], x.indices[order], x.indptr * 2), shape=x.shape)
    twice.data[::7] = 0

    def unsorted(f):
        for part, values in (("data", twice.data), ("indices", twice.indices), ("indptr", twice.indptr)):
            replace(f, "X/" + part, values)
    yield "unsorted with duplicates and zeros", messy, unsorted, {}
    empty = base()
    empty.X = sp.csr_matrix(empty.shape, dtype=np.float32)
    yield "nothing but zeros", empty, None, {}
    gaps = base()
    some = gaps.X.multiply((np.arange(50) % 3 == 0)[:, None]).multiply(np.arange(20) % 2)
    gaps.X = sp.csr_matrix(some, dtype=np.float32)
    yield "empty cells and genes", gaps, None, {}
    odd = base()
    odd.X = odd.X.toarray()
    odd.X[3, 4], odd.X[5, 6] = np.nan, np.inf
    yield "dense with NaN and Inf", odd, None, {}
    yield "no cells", base(0, 5), None, {}
    yield "no genes", base(5, 0), None, {}
    yield "one cell, one gene", base(1, 1), None, {}


def files():
    rng = np.random.default_rng(5)
    yield from sparse_files(rng)
    yield from dense_files(rng)
    yield from odd_files(rng)
