"""Damage to the structures of HDF5: trees, heaps, and the references to text in them."""
import re
import struct

import h5py
import numpy as np

from sound_file import COPYING, hostile, put, replace, text


def each(b, signature, edit):
    """Applies edit(bytearray, position) wherever the signature stands."""
    out = bytearray(b)
    for match in re.finditer(re.escape(signature), b):
        edit(out, match.start())
    return bytes(out)


@hostile(on="bytes")
def btree_nodes_lost(b): return b.replace(b"TREE", b"EERT")


@hostile(on="bytes")
def local_heaps_lost(b): return b.replace(b"HEAP", b"PAEH")


@hostile(on="bytes")
def symbol_tables_lost(b): return b.replace(b"SNOD", b"DONS")


@hostile(on="bytes")
def text_heaps_lost(b): return b.replace(b"GCOL", b"LOCG")


@hostile(on="bytes")
def btree_nodes_claim_65535_entries(b): return each(b, b"TREE", lambda o, p: put(o, p + 6, b"\xff\xff"))


@hostile(on="bytes")
def btree_nodes_claim_to_be_deep(b): return each(b, b"TREE", lambda o, p: put(o, p + 5, b"\xfe"))


@hostile(on="bytes")
def btree_nodes_lead_to_themselves(b):
    return each(b, b"TREE", lambda o, p: (put(o, p + 5, b"\x01"), put(o, p + 32, struct.pack("<Q", p))))


@hostile(on="bytes")
def symbol_tables_claim_65535_entries(b): return each(b, b"SNOD", lambda o, p: put(o, p + 6, b"\xff\xff"))


@hostile(on="bytes")
def local_heaps_of_2_to_the_60_bytes(b): return each(b, b"HEAP", lambda o, p: put(o, p + 8, struct.pack("<Q", 2**60)))


@hostile(on="bytes")
def local_heaps_lie_beyond_the_end(b): return each(b, b"HEAP", lambda o, p: put(o, p + 24, struct.pack("<Q", 2**50)))


@hostile(on="bytes")
def text_heaps_of_2_to_the_60_bytes(b): return each(b, b"GCOL", lambda o, p: put(o, p + 8, struct.pack("<Q", 2**60)))


@hostile(on="bytes")
def text_heaps_of_16_bytes(b): return each(b, b"GCOL", lambda o, p: put(o, p + 8, struct.pack("<Q", 16)))


@hostile(on="bytes")
def text_of_2_to_the_62_bytes(b): return each(b, b"GCOL", lambda o, p: put(o, p + 24, struct.pack("<Q", 2**62)))


@hostile(on="bytes", tools=())
def texts_numbered_65535(b): return each(b, b"GCOL", lambda o, p: put(o, p + 16, b"\xff\xff"))


@hostile(on="bytes")
def texts_numbered_alike(b): return each(b, b"GCOL", lambda o, p: put(o, p + 40, b"\x01\x00"))


def references(b, f_path, edit, name="obs/_index"):
    """Applies edit to every stored reference to text (length 4, collection 8, object 4) of a contiguous dataset."""
    with h5py.File(f_path) as f:
        start, count = f[name].id.get_offset(), f[name].size
    out = bytearray(b)
    for i in range(count):
        edit(out, start + 16 * i)
    return bytes(out)


def rewrite_references(path, edit, name="obs/_index"):
    path.write_bytes(references(path.read_bytes(), path, edit, name))


@hostile(on="path")
def names_refer_to_an_object_that_is_not_there(path):
    rewrite_references(path, lambda o, p: put(o, p + 12, struct.pack("<I", 60000)))


@hostile(on="path")
def names_refer_to_object_four_thousand_million(path):
    rewrite_references(path, lambda o, p: put(o, p + 12, struct.pack("<I", 2**32 - 1)))


@hostile(on="path")
def names_refer_to_the_free_space(path):
    rewrite_references(path, lambda o, p: put(o, p + 12, struct.pack("<I", 0)))


@hostile(on="path")
def names_refer_beyond_the_end(path):
    rewrite_references(path, lambda o, p: put(o, p + 4, struct.pack("<Q", 2**50)))


@hostile(on="path")
def names_refer_to_the_superblock(path):
    rewrite_references(path, lambda o, p: put(o, p + 4, struct.pack("<Q", 8)))


@hostile(on="path")
def names_longer_than_their_heap(path):
    rewrite_references(path, lambda o, p: put(o, p, struct.pack("<I", 2**32 - 1)))


@hostile(on="path", tools=COPYING)
def notes_refer_to_an_object_that_is_not_there(path):
    rewrite_references(path, lambda o, p: put(o, p + 12, struct.pack("<I", 60000)), "obs/note")


@hostile(on="path", tools=COPYING)
def words_refer_to_an_object_that_is_not_there(path):
    rewrite_references(path, lambda o, p: put(o, p + 12, struct.pack("<I", 50001)), "uns/words")


@hostile(on="path", tools=COPYING)
def words_refer_beyond_the_end(path):
    rewrite_references(path, lambda o, p: put(o, p + 4, struct.pack("<Q", 2**50)), "uns/words")


@hostile(on="path", tools=COPYING)
def title_refers_to_an_object_that_is_not_there(path):
    rewrite_references(path, lambda o, p: put(o, p + 12, struct.pack("<I", 50001)), "uns/title")


@hostile(on="path", tools=COPYING)
def chunked_words_refer_to_an_object_that_is_not_there(path):
    with h5py.File(path, "r+") as f:
        replace(f, "uns/words", text([f"word {i}" for i in range(3000)]), chunks=(1000,))
        info = [f["uns/words"].id.get_chunk_info(i) for i in range(3)]
    out = bytearray(path.read_bytes())
    for chunk in info:
        for i in range(1000):
            put(out, chunk.byte_offset + 16 * i + 12, struct.pack("<I", 40000 + i))
    path.write_bytes(bytes(out))


def checksum(block):
    """HDF5's: Bob Jenkins' lookup3 (public domain), initial value 0."""
    low = 0xffffffff
    def turn(x, k): return (x << k | x >> (32 - k)) & low
    words = list(struct.unpack(f"<{(len(block) + 3) // 4}I", block + bytes(-len(block) % 4)))
    words += [0] * max(3 - len(words), -len(words) % 3)
    a = b = c = (0xdeadbeef + len(block)) & low
    for at in range(0, len(words), 3):
        a, b, c = ((x + word) & low for x, word in zip((a, b, c), words[at:at + 3]))
        for k in (4, 6, 8, 16, 19, 4) if at + 3 < len(words) else ():
            a, b, c = b, (c + b) & low, ((a - c) & low) ^ turn(c, k)
    for k in (14, 11, 25, 16, 4, 14, 24):
        a, b, c = b, ((c ^ b) - turn(b, k)) & low, a
    return b


@hostile(COPYING, on="path")
def thousands_of_attributes_are_the_same_megabyte(path):
    with h5py.File(path, "a", libver=("v108", "v108")) as f:
        many = f["uns"].create_group("many")
        many.attrs["large"] = np.zeros(2**20, "i1")
        for k in range(4000): many.attrs[f"small{k}"] = k

    # Leaves of the tree of names: 6 bytes, records (place in the heap 8, flags 1, number 4, hash 4), checksum.
    leaves = bytearray(path.read_bytes())
    ends = {}
    for match in re.finditer(rb"BTLF\x00\x08", leaves):
        end = match.end()
        while checksum(leaves[match.start():end]) != struct.unpack_from("<I", leaves, end)[0]: end += 17
        ends[match.start()] = end
    places = {bytes(leaves[at:at + 8]) for start, end in ends.items() for at in range(start + 6, end, 17)}
    large, = [place for place in places if place[0] & 0x30 == 0x10]
    for start, end in ends.items():
        for at in range(start + 6, end, 17): put(leaves, at, large)
        put(leaves, end, struct.pack("<I", checksum(leaves[start:end])))
    path.write_bytes(leaves)
