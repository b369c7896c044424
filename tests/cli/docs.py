#!/usr/bin/env python3
"""Runs the commands of the pages in docs/ that docs/figures.sh makes the figures of: docs.py --bin DIR --docs docs

Every line of these pages that begins with `    instar` has to be in figures.sh, in the page's order; all of figures.sh has to
run; and its last command, the score of generated beside unseen points, has to be what docs/generation.md is about: the
noise it starts from is .58 away, another sample of the data .065.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

PAGES = ["am.md", "uam.md", "eam.md", "ueam.md", "generation.md"]
LARGEST_W1 = 0.2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--docs", required=True, type=Path)
    arguments = parser.parse_args()
    script = (arguments.docs / "figures.sh").read_text(encoding="utf-8").splitlines()
    at = 0
    for page in PAGES:
        commands = [line.strip() for line in (arguments.docs / page).read_text(encoding="utf-8").splitlines() if line.startswith("    instar ")]
        if not commands:
            sys.exit(f"{page}: no command")
        for command in commands:
            if command not in script[at:]:
                sys.exit(f"{page}: not in figures.sh, or not in this order: {command}")
            at = script.index(command, at) + 1
    with tempfile.TemporaryDirectory(prefix="instar-docs-") as folder:
        done = subprocess.run([arguments.docs / "figures.sh", arguments.bin, folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"figures.sh left with {done.returncode}:\n{done.stderr}")
    header, row = (line.split("\t") for line in done.stdout.splitlines())
    w1 = float(dict(zip(header, row))["w1"])
    print(f"{at} lines; generated points are {w1:.3f} from unseen ones")
    if not w1 < LARGEST_W1:
        sys.exit(f"expected less than {LARGEST_W1}")


if __name__ == "__main__":
    main()
