"""Names and labels with control characters, bytes that are not UTF-8, and paths: said escaped, never followed."""
import h5py
import numpy as np

from sound_file import CELLS, COPYING, hostile, replace, tag, text

ESCAPES = "\x1b]0;owned\x07\x1b[31mred\nline\rback\x7f"


@hostile()
def time_labels_with_escape_sequences(f): replace(f, "obs/time", text([ESCAPES] * CELLS))


@hostile()
def time_labels_not_utf8(f): replace(f, "obs/time", np.full(CELLS, b"\xff\xfe\x80day"))


@hostile()
def time_labels_of_a_megabyte(f): replace(f, "obs/time", text(["x" * 1_000_000] * CELLS))


@hostile()
def time_labels_with_a_digit_run(f): replace(f, "obs/time", text(["day " + "9" * 500] * CELLS))


@hostile()
def encoding_with_escape_sequences(f): f["X"].attrs["encoding-type"] = ESCAPES


@hostile()
def index_called_by_escape_sequences(f): f["obs"].attrs["_index"] = ESCAPES


@hostile(tools=())
def index_called_nothing(f): f["obs"].attrs["_index"] = ""


@hostile()
def index_called_by_a_path_upwards(f): f["obs"].attrs["_index"] = "../var/_index"


@hostile(tools=())
def column_order_names_what_is_not_there(f): f["obs"].attrs["column-order"] = text(["time", ESCAPES])


@hostile(tools=())
def column_order_names_a_path(f): f["obs"].attrs["column-order"] = text(["time", "../X/data"])


@hostile()
def categories_with_escape_sequences(f):
    del f["obs/time"]
    group = tag(f.create_group("obs/time"), "categorical")
    group.attrs["ordered"] = False
    group["codes"], group["categories"] = np.zeros(CELLS, "i1"), text([ESCAPES])


@hostile()
def link_with_escape_sequences(f):
    del f["X"]
    f["X"] = h5py.ExternalLink(ESCAPES, ESCAPES)
