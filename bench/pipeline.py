#!/usr/bin/env python3
"""Seconds and peak memory of each tool along the pipeline, on simulated counts.

    pipeline.py --bin DIR [--cells N] [--repeat R]

Prints a table: wall seconds (smallest of R runs), processor seconds, peak resident memory.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

STEPS = [
    ("simulate", "instar-simulate bifurcation -o counts.h5ad --cells {cells}"),
    ("info", "instar-info counts.h5ad -t time --stats"),
    ("prep", "instar-prep counts.h5ad -o prep.h5ad --hvg 1000"),
    ("pca", "instar-pca prep.h5ad -o pca.h5ad"),
    ("fit", "instar-fit pca.h5ad -o model.instar -t time --dims 10"),
    ("predict", "instar-predict model.instar pca.h5ad --from previous --times 2 -o pred.h5ad"),
    ("score", "instar-score pred.h5ad pca.h5ad --time 2"),
    ("annotate", "instar-annotate model.instar pca.h5ad -o annotated.h5ad"),
]


def measure(command, folder, environment):
    """-> (wall seconds, processor seconds, peak MB) of one run; ends the program where it fails."""
    started = time.monotonic()
    child = subprocess.Popen(command.split(), cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    messages = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - started
    if status != 0:
        sys.exit(f"{command}\n{messages.decode()}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description="time and memory of every tool on simulated counts")
    parser.add_argument("--bin", required=True, help="folder with the built tools")
    parser.add_argument("--cells", type=int, default=5000, help="cells to simulate (%(default)s)")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each tool; the fastest counts (%(default)s)")
    arguments = parser.parse_args()
    environment = {**os.environ, "PATH": f"{os.path.abspath(arguments.bin)}:{os.environ['PATH']}"}
    print(f"{'tool':<10} {'wall s':>8} {'cpu s':>8} {'peak MB':>8}   cells: {arguments.cells}")
    with tempfile.TemporaryDirectory(prefix="instar-bench-") as folder:
        for tool, command in STEPS:
            runs = [measure(command.format(cells=arguments.cells), folder, environment) for _ in range(arguments.repeat)]
            wall, cpu, peak = min(runs)
            print(f"{tool:<10} {wall:8.2f} {cpu:8.2f} {peak:8.0f}", flush=True)


if __name__ == "__main__":
    main()
