#!/usr/bin/env python3
"""Exact W1 and W2 beside POT's emd2, alternating, one thread each; prints medians and their ratio.

    scripts/build.sh bench_transport
    python -m venv venv && venv/bin/pip install POT==0.9.7.post1 numpy==2.4.6 h5py==3.16.0
    venv/bin/python bench/transport_pot.py ../shared/data/eb_pca20.h5ad --rounds 5 [--cpu]

EB, 5 components whitened over all cells, times 1 and 3 (4,165 x 3,665 cells) unless other times are named. POT's time
includes its matrix of costs, as ours includes all that we do. --cpu compares processor seconds, on a busy machine.
"""
import argparse
import os
import re
import resource
import statistics
import subprocess
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
import h5py
import numpy as np
import ot

parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("--times", type=float, nargs=2, default=(1, 3))
parser.add_argument("--dims", type=int, default=5)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--cpu", action="store_true")
parser.add_argument("--bench", default="build/release/bin/bench_transport")
args = parser.parse_args()

with h5py.File(args.file) as file:
    points = file["obsm/X_pca"][:, :args.dims].astype(float)
    times = file["obs/time"][:]
points = (points - points.mean(0)) / points.std(0)
x, y = (points[times == t] for t in args.times)
clock = time.process_time if args.cpu else time.perf_counter


def peer(metric):
    start = clock()
    cost = ot.emd2(np.full(len(x), 1 / len(x)), np.full(len(y), 1 / len(y)), ot.dist(x, y, metric), numItermax=10**9)
    return cost, clock() - start


def own(table, which):
    line = subprocess.run([args.bench, table, *(f"{t:g}" for t in args.times), "1", which], check=True,
                          capture_output=True, text=True).stdout
    found = dict(re.findall(r"(cost|gap|seconds|cpu|MB) ([-+0-9.e]+)", line))
    return {key: float(value) for key, value in found.items()}


with tempfile.NamedTemporaryFile("w", suffix=".txt") as table:
    np.savetxt(table, np.c_[times, points], fmt="%.17g")
    table.flush()
    for which, metric in (("w1", "euclidean"), ("w2", "sqeuclidean")):
        ours, theirs = [], []
        for _ in range(args.rounds):
            ours.append(own(table.name, which))
            theirs.append(peer(metric))
        mine = statistics.median(run["cpu" if args.cpu else "seconds"] for run in ours)
        pot = statistics.median(seconds for _, seconds in theirs)
        print(f"{which} {len(x)} x {len(y)} in {args.dims}-d: instar {mine:.2f} s, POT {ot.__version__} {pot:.2f} s, "
              f"ratio {pot / mine:.2f}; costs differ by {abs(ours[0]['cost'] / theirs[0][0] - 1):.1e} of themselves; "
              f"gap {ours[0]['gap']:.1e}; {ours[0]['MB']:.0f} MB, "
              f"POT {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB", flush=True)
