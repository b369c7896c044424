#!/usr/bin/env python3
"""run.py --bin DIR --requirements FILE --work DIR: runs check_hostile.py in the environment that has h5py."""
import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "python"))
from run import environment  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description="damaged files against the tools")
    parser.add_argument("--bin", required=True)
    parser.add_argument("--requirements", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--python-minimum", default="3.11")
    arguments = parser.parse_args()
    Path(arguments.work).mkdir(parents=True, exist_ok=True)
    python = environment(arguments).absolute()
    sys.exit(subprocess.run([python, HERE / "check_hostile.py", arguments.bin]).returncode)


if __name__ == "__main__":
    main()
