"""Damage to the file as a whole: cut short, of another kind, not there."""
import struct

from sound_file import hostile


@hostile(on="bytes")
def empty_file(b): return b""


@hostile(on="bytes")
def truncated_to_a_half(b): return b[: len(b) // 2]


@hostile(on="bytes")
def truncated_by_one_byte(b): return b[:-1]


@hostile(on="bytes")
def signature_only(b): return b[:8]


@hostile(on="bytes")
def superblock_only(b): return b[:96]


@hostile(on="bytes")
def first_kilobyte_only(b): return b[:1024]


@hostile(on="bytes")
def all_zeros_behind_superblock(b): return b[:96] + bytes(len(b) - 96)


@hostile(on="bytes")
def all_ones_behind_superblock(b): return b[:96] + b"\xff" * (len(b) - 96)


@hostile(on="bytes")
def text_file(b): return b"cell\tgene\tcount\n" * 500


@hostile(on="bytes")
def gzip_file(b): return b"\x1f\x8b\x08" + bytes(500)


@hostile(on="bytes")
def web_page(b): return b"<!DOCTYPE html><html><body>404</body></html>"


@hostile(on="bytes")
def superblock_of_another_version(b): return b[:8] + b"\x63" + b[9:]


@hostile(on="bytes")
def addresses_of_no_bytes(b): return b[:13] + b"\x00" + b[14:]


@hostile(on="bytes")
def addresses_of_255_bytes(b): return b[:13] + b"\xff" + b[14:]


@hostile(on="bytes")
def end_of_file_beyond_any_disk(b): return b[:40] + struct.pack("<Q", 2**60) + b[48:]


@hostile(on="bytes")
def root_beyond_the_end(b): return b[:64] + struct.pack("<Q", 2**40) + b[72:]


@hostile(on="bytes")
def root_inside_the_superblock(b): return b[:64] + struct.pack("<Q", 8) + b[72:]


@hostile(on="path")
def folder(path):
    path.unlink()
    path.mkdir()


@hostile(on="path")
def not_there(path): path.unlink()
