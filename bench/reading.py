#!/usr/bin/env python3
"""Reading a gzip matrix: `instar info --stats` against anndata.read_h5ad, in turns, in one run.

    reading.py FILE.h5ad --bin DIR [--python PYTHON] [--rounds R] [--threads N]

PYTHON is one that has anndata (default: the one that runs this). Each is one process from start to end; anndata's time
is that of read_h5ad alone, without its imports. Prints wall seconds (smallest of R rounds), processor seconds, peak
resident memory, and the ratios. make_counts.py writes a file to read.
"""

import argparse
import sys

from timing import measure

PEER = """
import sys, time, warnings, anndata
warnings.simplefilter("ignore")
started, used = time.monotonic(), time.process_time()
x = anndata.read_h5ad(sys.argv[1]).X
print(time.monotonic() - started, time.process_time() - used, x.nnz)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--bin", required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    ours, peers = [], []
    for _ in range(options.rounds):
        wall, cpu, peak, _ = measure([f"{options.bin}/instar-info", "--stats", options.file, "-@", str(options.threads)])
        ours.append((wall, cpu, peak))
        _, _, peak, text = measure([options.python, "-W", "ignore", "-c", PEER, options.file])
        wall, cpu, _ = map(float, text.split())
        peers.append((wall, cpu, peak))
    best, peer = ([min(column) for column in zip(*runs)] for runs in (ours, peers))
    for name, row in (("instar info --stats", best), ("anndata.read_h5ad", peer)):
        print(f"{name:20} {row[0]:7.2f} s wall {row[1]:7.2f} s processor {row[2]:7.0f} MB")
    print(f"ratio                {peer[0] / best[0]:7.1f}        {peer[1] / best[1]:7.1f}             {peer[2] / best[2]:7.1f}")


if __name__ == "__main__":
    main()
