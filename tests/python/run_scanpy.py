#!/usr/bin/env python3
"""Runs check_scanpy.py in a virtual environment of its own, as run.py does for anndata.

    run_scanpy.py --bin DIR --shared DIR --requirements tests/python/scanpy-X.txt --work DIR [--python-minimum 3.11]

Exit 77 (skipped) where the environment cannot be made, or the shared data are not there.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from run import environment, skip

parser = argparse.ArgumentParser()
for flag in ("--bin", "--shared", "--requirements", "--work"):
    parser.add_argument(flag, required=True)
parser.add_argument("--python-minimum", default="3.11")
arguments = parser.parse_args()
if not (Path(arguments.shared) / "worm_neurons_counts.h5ad").is_file():
    skip("no shared data")
python = environment(arguments).absolute()
check = Path(__file__).resolve().parent / "check_scanpy.py"
sys.exit(subprocess.run([python, check, "--bin", arguments.bin, "--shared", arguments.shared,
                         "--work", Path(arguments.work) / "files"]).returncode)
