#!/usr/bin/env python3
"""From gzip counts to components: `instar pca --from-counts` against scanpy, in turns, in one run.

    counts_to_pca.py COUNTS.h5ad --bin DIR --python PYTHON [--rounds R] [--hvg N] [--comps N] [--threads N] [--only NAME]

PYTHON has scanpy (tests/python/scanpy-1.11.txt). Each run is one process: read, normalise to the median total, log1p,
HVGs (seurat), components of these, write. instar runs three times: writing what scanpy's users go on with (components,
marks of genes), with the normalised X as scanpy writes it (--keep-x --no-compression), and with it compressed
(--keep-x). Prints medians of wall seconds of the whole process, scanpy's also without its imports, processor seconds and peak resident memory, then the
ratios, and how the results agree. make_counts.py writes a file.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

from timing import in_turns, medians

PEER = """
import sys, time, warnings
import scanpy as sc
warnings.simplefilter("ignore")
started = time.monotonic()
data = sc.read_h5ad(sys.argv[1])
marks = [("read", time.monotonic())]
def step(name, call):
    call()
    marks.append((name, time.monotonic()))
step("normalise", lambda: (sc.pp.normalize_total(data), sc.pp.log1p(data)))
step("genes", lambda: sc.pp.highly_variable_genes(data, n_top_genes=int(sys.argv[3])))
step("pca", lambda: sc.pp.pca(data, n_comps=int(sys.argv[4])))
step("write", lambda: data.write_h5ad(sys.argv[2]))
before = started
for name, now in marks:
    print(name, now - before)
    before = now
print("without_import", before - started)
"""

AGREE = """
import sys, anndata, numpy as np
a, b = (anndata.read_h5ad(path, backed="r") for path in sys.argv[1:3])
x, y = a.varm["PCs"], b.varm["PCs"]
same = int((a.var["highly_variable"].to_numpy() & b.var["highly_variable"].to_numpy()).sum())
print(f"genes in common {same} of {int(b.var['highly_variable'].sum())};", end=" ")
v, w = a.uns["pca"]["variance"], b.uns["pca"]["variance"]
print(f"variances within {np.abs(v / w - 1).max():.1e}; the leading ten: |cos| at least",
      f"{np.abs((x * y).sum(0))[:10].min():.8f}")
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts")
    parser.add_argument("--bin", required=True, help="folder with the built tools")
    parser.add_argument("--python", help="interpreter with scanpy; without it instar runs alone")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--hvg", type=int, default=2000)
    parser.add_argument("--comps", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="", help="one of instar's three runs: instar, or its name in the table")
    options = parser.parse_args()
    os.environ.update({f"{name}_NUM_THREADS": str(options.threads) for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")})
    with tempfile.TemporaryDirectory(prefix="instar-bench-", dir=Path(options.counts).resolve().parent) as folder:
        ours = [f"{options.bin}/instar-pca", "--from-counts", options.counts, "-o", f"{folder}/ours.h5ad", "-q", "--hvg",
                str(options.hvg), "-n", str(options.comps), "-@", str(options.threads)]
        sides = {"instar": ours, "instar, plain X": [*ours, "--keep-x", "--no-compression"], "instar, X": [*ours, "--keep-x"]}
        sides = {name: command for name, command in sides.items() if options.only in ("", name)}
        if options.python:
            sides["scanpy"] = [options.python, "-W", "ignore", "-c", PEER, options.counts, f"{folder}/theirs.h5ad",
                               str(options.hvg), str(options.comps)]
        runs = in_turns(sides, options.rounds)
        print(f"{'':24} {'wall s':>8} {'cpu s':>8} {'peak MB':>8}   medians of {options.rounds}, {options.threads} threads")
        middle = {name: medians(of) for name, of in runs.items()}
        for name, (wall, cpu, peak) in middle.items():
            print(f"{name + ', process':24} {wall:8.2f} {cpu:8.2f} {peak:8.0f}")
        if not options.python:
            return
        steps = [dict(line.split() for line in run.text.splitlines()) for run in runs["scanpy"]]
        steps = {name: statistics.median(float(step[name]) for step in steps) for name in steps[0]}
        bare = steps.pop("without_import")
        print(f"{'scanpy without imports':24} {bare:8.2f}   ({', '.join(f'{n} {s:.1f}' for n, s in steps.items())})")
        for name, (wall, _, peak) in middle.items():
            if name == "scanpy":
                continue
            print(f"{name}: {middle['scanpy'][0] / wall:.1f} times the speed of scanpy's process,",
                  f"{bare / wall:.1f} times without imports; memory 1/{middle['scanpy'][2] / peak:.1f}")
        subprocess.run([options.python, "-W", "ignore", "-c", AGREE, f"{folder}/ours.h5ad", f"{folder}/theirs.h5ad"])


if __name__ == "__main__":
    main()
