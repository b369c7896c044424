#!/usr/bin/env python3
"""Runs check_scanpy.py in a virtual environment of its own, as run.py does for anndata.

    run_scanpy.py --bin DIR --shared DIR --requirements tests/python/scanpy-X.txt --work DIR [--python-minimum 3.11]

Exit 77 (skipped) where the environment cannot be made, or the shared data are not there.
"""

import subprocess
import sys
from pathlib import Path

from run import common_parser, environment, skip

parser = common_parser("compares prep and pca with a live scanpy")
parser.add_argument("--shared", required=True)
arguments = parser.parse_args()
if not (Path(arguments.shared) / "worm_neurons_counts.h5ad").is_file():
    skip("no shared data")
python = environment(arguments).absolute()
check = Path(__file__).resolve().parent / "check_scanpy.py"
sys.exit(subprocess.run([python, check, "--bin", arguments.bin, "--shared", arguments.shared,
                         "--work", Path(arguments.work) / "files"]).returncode)
