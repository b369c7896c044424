#!/usr/bin/env python3
"""seeds.py BIN_DIR: writes the seed corpora (corpus/*), small on purpose. The h5ad files are cuts of the families of
tests/io_python and tests/hostile; run it where h5py and anndata are."""
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "io_python"), str(HERE.parent / "hostile")]
import family  # noqa: E402
import h5py  # noqa: E402
import made_layouts  # noqa: E402
import numpy as np  # noqa: E402
import sound_file  # noqa: E402

TIMES = ["3", "2.5", "D3", "day 3", "d03", "72h", "72 hours", "E7.5", "t2", "week 4", "d-1", "1e3", "0,1,2", "D0\nD1\nD2", "day 1\n24h"]
TABLES = ["0 100\n1 200\n2 50\n", "time,mass\nD0,1\nD1,2.5\nD2,4\n", "# cells\nday 0\t1\nday 1\t2\nday 2\t3\n", "0 1\n0 2\n"]


def holdout_texts():
    """Tables, two of them to be merged, one with intervals and a setting, a log of fit, a list of genes."""
    def lines(*rows):
        return "".join("\t".join(map(str, row)) + "\n" for row in rows)
    head = "time from method seed n_pred n_true w1 w2 mmd energy mass_error seconds".split()
    bounds = [f"{metric}_{bound}" for metric in ("w1", "w2", "mmd", "energy") for bound in ("low", "high")]
    one = lines(head, (1, "previous", "uam", 0, 60, 80, .5, .62, .01, .12, .03, 1.25),
                (1, "previous", "previous", 0, 60, 80, .9, 1.1, .05, .3, "NA", .01),
                (1, "floor", "floor", 0, 40, 40, .2, .25, .001, .02, "NA", .02))
    two = lines(head, (2, "between", "uam", 1, 60, 80, .45, .6, .02, .11, .01, 1.5),
                (2, "pooled", "pooled", 1, 60, 80, .7, .8, .03, .2, "NA", .01))
    tuned = lines([*head, *bounds, "tuned"], (1.5, "previous", "uam", 3, 60, 80, .5, .62, .01, .12, .03, 1.25,
                                              *[.1 * i for i in range(8)], "growth-scale=2"))
    log = '{"step": 1, "loss": 2.5}\n{"step": 2, "loss": 1.5, "validation_loss": 1.6, "member": 0}\n'
    return [one, f"{one}\f{two}", tuned, log, "a\n  b c\t\nunknown\n\n"]


def dense_storage(path, libver):
    """Groups and attributes in fractal heaps and version 2 B-trees, two levels deep; chunks in every kind of index."""
    order = {"track_order": True}
    with h5py.File(path, "w", libver=(libver, libver), **order) as f:
        f.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
        for i in range(12):
            f.attrs[f"note {i}"] = i
        for axis, count in (("obs", 6), ("var", 4)):
            frame = f.create_group(axis, **order)
            names = [f"column {i}" for i in range(60 if axis == "obs" else 3)]
            frame.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index"})
            for i in range(10):
                frame.attrs[f"note {i}"] = "x" * i
            frame.attrs["column-order"] = family.text(names)
            frame["_index"] = family.text([f"{axis}{i}" for i in range(count)])
            for name in names:
                frame[name] = np.arange(count, dtype="i2")
        f.create_dataset("X", data=np.arange(24, dtype="f4").reshape(6, 4), chunks=(2, 3), compression="gzip")
        for name, most in (("fixed", None), ("extensible", (None, 4)), ("tree", (None, None))):
            values = np.arange(24.0).reshape(6, 4)
            f.create_dataset(f"layers/{name}", data=values, chunks=(1, 2), maxshape=most or values.shape)
        f["uns/text"] = "dense storage"


def frames(f, dense):
    for axis, count in (("obs", 6), ("var", 4)):
        many = dense and axis == "obs"
        frame = f.create_group(axis, track_order=many)
        names = [f"c{i}" for i in range(9 if many else 1)]
        frame.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index"})
        if many:
            for i in range(6):
                frame.attrs[f"note {i}"] = np.full(150 * i + 1, 7, "u1")
            frame.attrs.update({"large": np.arange(600), "large 2": np.arange(550)})
        frame.attrs["column-order"] = family.text(names)
        frame["_index"] = family.text([f"{axis}{i}" for i in range(count)])
        for name in names:
            frame[name] = np.arange(count, dtype="i2")


def heaps(path):
    """Attributes in a heap of several blocks, two of them so large that they lie by themselves."""
    with h5py.File(path, "w", libver=("v110", "v110"), track_order=True) as f:
        f.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
        frames(f, True)
        f["X"] = np.arange(24.0).reshape(6, 4)


def arrays(path):
    """Every index of chunks of version 4, with and without filters."""
    with h5py.File(path, "w", libver=("v110", "v110"), track_order=True) as f:
        f.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
        frames(f, False)
        values = np.arange(24.0).reshape(6, 4)
        f.create_dataset("X", data=values.astype("f4"), chunks=(2, 3), compression="gzip", maxshape=(None, 4))
        for name, most in (("fixed", (6, 4)), ("extensible", (None, 4)), ("tree", (None, None))):
            f.create_dataset(f"layers/{name}", data=values, chunks=(2, 2), maxshape=most)
            f.create_dataset(f"layers/{name}z", data=values, chunks=(1, 4), maxshape=most, compression="gzip")
        f.create_dataset("layers/single", data=values, chunks=(6, 4), compression="gzip")
        f.create_dataset("layers/across", data=values, chunks=(1, 4), maxshape=(6, None))
        f.create_dataset("uns/long", data=np.arange(250, dtype="u1"), chunks=(1,), maxshape=(None,))  # with super blocks


def h5ad_files(folder):
    sound_file.CELLS, sound_file.GENES = 6, 4
    sound_file.make_base(folder / "sound.h5ad")
    for name, options in (("latest", {"libver": "latest"}), ("tracked", {"track_order": True})):
        copy = folder / f"{name}.h5ad"
        copy.write_bytes((folder / "sound.h5ad").read_bytes())
        family.rewritten(copy, **options).rename(copy)
    for name, libver in (("dense_v108", "v108"), ("dense_v110", "v110")):
        dense_storage(folder / f"{name}.h5ad", libver)
    heaps(folder / "heaps_v110.h5ad")
    arrays(folder / "arrays_v110.h5ad")
    for label, data, edit, _ in made_layouts.files():
        if label in ("layout of 0.7", "layout of 0.6", "layout of 0.6, names of any length"):
            path = folder / (label.replace(" ", "_").replace(",", "") + ".h5ad")
            data.write_h5ad(path)
            with h5py.File(path, "r+") as f:
                edit(f)
            family.rewritten(path).rename(path)  # without the holes that editing left


def main():
    for name, texts in (("times", TIMES), ("table", TABLES), ("holdout", holdout_texts())):
        for i, text in enumerate(texts):
            (HERE / "corpus" / name / f"seed{i:02}").write_text(text, encoding="utf-8")
    h5ad_files(HERE / "corpus" / "h5ad")
    tools = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([tools / "instar-simulate", "gaussian", "-o", "x.h5ad", "--cells", "30", "-q"], cwd=folder, check=True)
        for method in ("am", "uam"):
            subprocess.run([tools / "instar-fit", "x.h5ad", "-o", HERE / "corpus" / "model" / f"{method}.instar",
                            "-t", "time", "--method", method, "--steps", "2", "--width", "2", "--no-provenance", "-q"], cwd=folder, check=True)


main()
