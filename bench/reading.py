#!/usr/bin/env python3
"""Reading a gzip matrix: `instar info --stats` against anndata.read_h5ad, in turns, in one run.

    reading.py FILE.h5ad --bin DIR [--python PYTHON] [--rounds R] [--threads N]

PYTHON is one that has anndata (default: the one that runs this). Each is one process from start to end; anndata's time
is that of read_h5ad alone, without its imports. Prints wall seconds, processor seconds and peak resident memory (medians
of R rounds), and the ratios (medians of the rounds' ratios). make_counts.py writes a file to read.
"""

import argparse
import sys
from statistics import median

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
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    ours, peers = [], []
    for _ in range(options.rounds):
        wall, cpu, peak, _ = measure([f"{options.bin}/instar-info", "--stats", options.file, "-@", str(options.threads)])
        ours.append((wall, cpu, peak))
        _, _, peak, text = measure([options.python, "-W", "ignore", "-c", PEER, options.file])
        wall, cpu, _ = map(float, text.split())
        peers.append((wall, cpu, peak))
    for name, rows in (("instar info --stats", ours), ("anndata.read_h5ad", peers)):
        wall, cpu, peak = (median(column) for column in zip(*rows))
        print(f"{name:20} {wall:7.2f} s wall {cpu:7.2f} s processor {peak:7.0f} MB")
    ratios = (median(theirs / own for own, theirs in zip(*columns)) for columns in zip(zip(*ours), zip(*peers)))
    print("ratio                {:7.1f}        {:7.1f}             {:7.1f}".format(*ratios))


if __name__ == "__main__":
    main()
