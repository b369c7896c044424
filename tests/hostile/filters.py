"""Filters that are not there, and what they cannot undo."""
import re
import struct

import h5py
import numpy as np

from sound_file import hostile, put, replace


def claim_filter(path, number):
    """Renames gzip in the filter messages of X/data to a filter of that number."""
    out = bytearray(path.read_bytes())
    count = 0
    for match in re.finditer(rb"\x01\x00\x08\x00\x01\x00\x01\x00deflate\x00", bytes(out)):
        put(out, match.start(), struct.pack("<H", number))
        count += 1
    assert count > 0
    path.write_bytes(bytes(out))


@hostile(on="path")
def filter_nobody_knows(path): claim_filter(path, 31999)


@hostile(on="path")
def filter_bitshuffle(path): claim_filter(path, 32008)


@hostile(on="path")
def filter_says_szip(path): claim_filter(path, 4)


@hostile(on="path")
def filter_says_lzf(path): claim_filter(path, 32000)


@hostile(on="path")
def filter_says_zstd(path): claim_filter(path, 32015)


@hostile(on="path")
def filter_says_blosc(path): claim_filter(path, 32001)


@hostile(on="path")
def compressed_data_damaged(path):
    with h5py.File(path) as f:
        chunk = f["X/data"].id.get_chunk_info(0)
    out = bytearray(path.read_bytes())
    put(out, chunk.byte_offset, b"\x78\x9c" + b"\xff" * (chunk.size - 2))
    path.write_bytes(bytes(out))


@hostile()
def checksum_wrong(f):
    replace(f, "X/data", f["X/data"][:], fletcher32=True, chunks=(100,))
    f.flush()
    chunk = f["X/data"].id.get_chunk_info(0)
    with open(f.filename, "r+b") as raw:
        raw.seek(chunk.byte_offset)
        raw.write(b"\x01\x02\x03\x04")


@hostile()
def compressed_bomb_of_names(f):
    replace(f, "obs/_index", np.zeros(40_000_000, "S100"), compression="gzip", compression_opts=9, chunks=(2_000_000,))
