"""Links that lead out of the file, nowhere, or in circles; folders without an end."""
import h5py

from sound_file import CELLS, COPYING, GENES, hostile, tag


@hostile()
def X_in_another_file(f):
    del f["X"]
    f["X"] = h5py.ExternalLink("/etc/passwd", "/X")


@hostile()
def obs_in_another_file(f):
    del f["obs"]
    f["obs"] = h5py.ExternalLink("other.h5ad", "/obs")


@hostile()
def data_of_X_in_another_file(f):
    del f["X/data"]
    f["X/data"] = h5py.ExternalLink("other.h5ad", "/X/data")


@hostile(tools=COPYING)
def uns_member_in_another_file(f): f["uns/far"] = h5py.ExternalLink("other.h5ad", "/uns")


@hostile()
def names_stored_in_another_file(f):
    del f["obs/_index"]
    f.create_dataset("obs/_index", shape=(CELLS,), dtype="S5", external=[("/etc/hostname", 0, h5py.h5f.UNLIMITED)])


@hostile()
def X_a_virtual_dataset(f):
    del f["X"]
    layout = h5py.VirtualLayout(shape=(CELLS, GENES), dtype="f4")
    layout[:] = h5py.VirtualSource("other.h5ad", "X", shape=(CELLS, GENES))
    tag(f.create_virtual_dataset("X", layout), "array")


@hostile()
def obs_leads_nowhere(f):
    del f["obs"]
    f["obs"] = h5py.SoftLink("/no/where")


@hostile()
def obs_leads_to_itself(f):
    del f["obs"]
    f["obs"] = h5py.SoftLink("/obs")


@hostile()
def indptr_leads_nowhere(f):
    del f["X/indptr"]
    f["X/indptr"] = h5py.SoftLink("/no/where")


@hostile(tools=COPYING)
def uns_holds_itself(f): f["uns/self"] = f["uns"]


@hostile(tools=COPYING)
def uns_holds_the_root(f): f["uns/root"] = h5py.SoftLink("/")


@hostile(tools=COPYING)
def uns_holds_itself_twice_per_level(f):
    f["uns/left"] = f["uns"]
    f["uns/right"] = f["uns"]


@hostile(tools=COPYING)
def uns_of_40_levels_each_shared_twice(f):
    group = f["uns"]
    for _ in range(40):
        group = group.create_group("a")
        group.parent["b"] = group


@hostile(tools=COPYING)
def uns_5000_levels_deep(f):
    group = f["uns"]
    for _ in range(5000):
        group = group.create_group("d")


@hostile(tools=COPYING)
def unknown_encoding_5000_levels_deep(f):
    group = tag(f["uns"].create_group("odd"), "never-heard-of")
    for _ in range(5000):
        group = group.create_group("d")
