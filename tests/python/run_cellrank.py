#!/usr/bin/env python3
"""Reads transport maps with a live CellRank, in a virtual environment of its own.

    run_cellrank.py --bin DIR --requirements tests/python/cellrank-2.0.txt --work DIR
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from run import environment

PIPELINE = [
    "instar-simulate bifurcation -o counts.h5ad --cells 500 --genes 100 -q",
    "instar-prep counts.h5ad -o prep.h5ad --hvg 60 -q",
    "instar-pca prep.h5ad -o pca.h5ad -n 5 -q",
    "instar-couplings pca.h5ad -o maps -t time --prefix tmaps -q",
]


def main():
    parser = argparse.ArgumentParser(description="reads transport maps with CellRank")
    parser.add_argument("--bin", required=True)
    parser.add_argument("--requirements", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--python-minimum", default="3.11")
    arguments = parser.parse_args()
    python = environment(arguments).absolute()
    files = Path(arguments.work) / "files"
    files.mkdir(parents=True, exist_ok=True)
    tools = {**os.environ, "PATH": f"{os.path.abspath(arguments.bin)}:{os.environ['PATH']}"}
    for command in PIPELINE:
        if subprocess.run(command.split(), cwd=files, env=tools).returncode != 0:
            sys.exit(f"failed: {command}")
    sys.exit(subprocess.run([python, Path(__file__).resolve().parent / "check_cellrank.py", files]).returncode)


if __name__ == "__main__":
    main()
