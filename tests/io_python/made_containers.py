"""uns, raw, obsm, varm, obsp and varp with all that anndata puts there; thousands of columns."""
import awkward as ak
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp

from family import base, replace, tag


def everything(rng):
    c = base()
    c.obs["float"] = rng.random(c.n_obs)
    c.obs.loc[c.obs_names[3], "float"] = np.nan
    c.obs["words"] = rng.choice(["x", "größe", "z"], c.n_obs)
    c.obs["unique"] = [f"u{i}" for i in range(c.n_obs)]
    c.obs["flag"] = rng.random(c.n_obs) < 0.5
    c.obs["stage"] = pd.Categorical.from_codes(rng.integers(-1, 3, c.n_obs), [0.5, 1.0, 7.5], ordered=True)
    c.obs["nullable"] = pd.array(np.where(rng.random(c.n_obs) < 0.3, None, 5), dtype="Int64")
    c.obs["maybe"] = pd.array(np.where(rng.random(c.n_obs) < 0.3, None, True), dtype="boolean")
    c.obs["day 3.5"] = np.arange(c.n_obs).astype("float32")
    c.var["n"] = np.arange(c.n_vars).astype("uint16")
    c.obs.index.name = "barcode"
    c.obsm["X_pca"] = rng.random((c.n_obs, 4)).astype("float32")
    c.obsm["frame"] = pd.DataFrame(rng.random((c.n_obs, 2)), columns=["u", "v"], index=c.obs_names)
    c.obsm["sparse"] = sp.random(c.n_obs, 6, 0.3, "csr", random_state=2)
    c.varm["PCs"] = rng.random((c.n_vars, 4))
    c.obsp["connectivities"] = sp.random(c.n_obs, c.n_obs, 0.1, "csr", random_state=4)
    c.obsp["dense"] = rng.random((c.n_obs, c.n_obs))
    c.varp["corr"] = rng.random((c.n_vars, c.n_vars))
    c.uns = {"log1p": {"base": 2.0}, "text": "größe", "list": ["a", "b"], "n": 3, "flag": True, "f": 1.5,
             "nested": {"deep": {"deeper": np.arange(6).reshape(2, 3)}}, "sparse": sp.random(5, 5, 0.5, "csc"),
             "frame": pd.DataFrame({"p": [1, 2], "q": ["x", "y"]}, index=["r", "s"]), "empty": {},
             "record": np.rec.fromarrays([[1, 2], [0.5, 1.5]], names=["i", "f"]),
             "words_colors": ["#111111", "#222222", "#333333"], "complex": np.array([1 + 2j])}
    c.raw = c.copy()
    return c[:, :12].copy()


def wide_files(rng):
    wide = base(30, 5)
    extra = pd.DataFrame(rng.random((30, 4400)), columns=[f"column_{i}" for i in range(4400)], index=wide.obs_names)
    wide.obs = pd.concat([wide.obs, extra], axis=1)
    narrow = wide[:, :].copy()
    narrow.obs = narrow.obs.iloc[:, :4000].copy()

    def widen(f):  # anndata itself cannot write 4095 to 5000 columns
        g = f.create_group("wide", track_order=True)
        for key, value in f["obs"].attrs.items():
            if key != "column-order":
                g.attrs[key] = value
        for key in f["obs"]:
            f.copy(f["obs/" + key], g, key)
        for name in wide.obs.columns[4000:]:
            g[name] = wide.obs[name].to_numpy()
            g[name].attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
        g.attrs["column-order"] = np.array(list(wide.obs.columns), dtype=h5py.string_dtype())
        del f["obs"]
        f.move("wide", "obs")
    yield "4401 columns", narrow, widen, {}


def ragged():
    """Lists of several lengths, of numbers and of records with text, along the cells, the genes and in uns."""
    b = base()
    b.obsm["reads"] = ak.Array([list(range(i % 4)) for i in range(50)])
    b.varm["exons"] = ak.Array([[{"start": 1.5 * i, "strand": "+" * (i % 2)}] * (i % 3) for i in range(20)])
    b.uns["ragged"] = ak.Array([[1, 2], [], [3.5]])
    return b


def uns_files(rng):
    nested = base()
    nested.uns["inner"] = base(7, 3)
    nested.uns["inner"].uns["innermost"] = base(2, 2)
    yield "AnnData inside uns", nested, None, {}
    b = base()
    b.uns = {"none": None, "nested": {"none": None}, "log1p": {"base": None}}
    yield "null", b, None, {}
    b = base()
    names = np.rec.fromarrays([np.array(["g1", "g2"], object), np.array(["g3", "g4"], object)], names=["a", "b"])
    b.uns["ranks"] = {"names": names, "scores": np.rec.fromarrays([[1.5, 2.5], [0.5, 0.25]], names=["a", "b"])}
    yield "records of text", b, None, {}
    b = base()
    deep = b.uns
    for i in range(40):
        deep[f"level{i}"] = {"n": i}
        deep = deep[f"level{i}"]
    yield "40 levels of uns", b, None, {}
    b = base()
    b.uns = {f"k{i}": i for i in range(400)}
    yield "400 entries of uns", b, None, {}
    yield "awkward arrays", ragged(), None, {}
    b = base()
    b.uns = {"cube": rng.random((3, 4, 5)), "i1": np.int8(3), "u8": np.uint64(2**63), "f2": np.float16(1.5),
             "bools": np.array([True, False]), "none": np.zeros(0), "empty text": np.array([], dtype=object),
             "complex": np.complex64(1 + 2j), "long": "x" * 100_000}
    yield "arrays and numbers of uns", b, None, {}


def axis_files(rng):
    b = base()
    b.obsm["words"] = pd.DataFrame({"a": [f"w{i}" for i in range(50)], "b": rng.random(50)}, index=b.obs_names)
    b.obsm["csc"] = sp.random(50, 4, 0.4, "csc", random_state=1)
    b.obsm["ints"] = rng.integers(0, 9, (50, 2))
    b.obsm["empty"] = np.zeros((50, 0))
    b.varm["frame"] = pd.DataFrame({"a": rng.random(20)}, index=b.var_names)
    b.varm["sparse"] = sp.random(20, 4, 0.4, "csr", random_state=1)
    yield "obsm and varm of every kind", b, None, {}
    b = base()
    b.obsm["X_pca"] = rng.random((50, 3))

    def chunked(f):
        replace(f, "obsm/X_pca", f["obsm/X_pca"][:].astype(">f8"), chunks=(7, 2), compression="gzip")
    yield "obsm big-endian in chunks", b, chunked, {}
    b = base()
    b.obsp["csc"] = sp.random(50, 50, 0.1, "csc", random_state=1)
    b.varp["csr"] = sp.random(20, 20, 0.1, "csr", random_state=1)
    yield "pairs", b, None, {}
    for kind in ("csr", "csc", "dense"):
        b = base()
        full = base(50, 33, seed=4)
        full.X = full.X.toarray() if kind == "dense" else full.X.asformat(kind)
        full.var["n"] = np.arange(33)
        b.raw = full
        yield f"raw {kind} of more genes", b, None, {}


def files():
    rng = np.random.default_rng(5)
    yield "everything", everything(rng), None, {}
    yield "everything gzip", everything(rng), None, {"compression": "gzip"}
    yield from uns_files(rng)
    yield from axis_files(rng)
    yield from wide_files(rng)
