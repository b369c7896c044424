#!/usr/bin/env python3
"""in_environment.py --requirements FILE --work DIR [--python-minimum 3.11] -- PROGRAM [ARGUMENT...]

Runs a Python script in the virtual environment of run.py, or another program with the environment's programs first in
PATH. Exit 77 (skipped) where that cannot be made.
"""
import argparse
import os
import subprocess
import sys
from pathlib import Path

from run import environment


def main():
    parser = argparse.ArgumentParser(description="runs a script where anndata is")
    parser.add_argument("--requirements", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--python-minimum", default="3.11")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    python = environment(arguments).absolute()
    os.environ["PATH"] = f"{python.parent}:{os.environ['PATH']}"
    interpreter = [python] if arguments.command[0].endswith(".py") else []
    sys.exit(subprocess.run([*interpreter, *arguments.command]).returncode)


if __name__ == "__main__":
    main()
