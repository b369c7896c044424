#!/usr/bin/env python3
"""Makes a report with the tools and opens it in headless Chromium, in a virtual environment of its own.

    run.py --bin DIR --requirements tests/report/requirements.txt --work DIR

Exit 77 (skipped) where there is no chromium, or the packages cannot be had.
"""

import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))
from run import common_parser, environment, made_files, skip  # noqa: E402  (the same environment as the other tests make)

PIPELINE = [
    "instar-simulate bifurcation -o counts.h5ad --cells 500 --genes 100 -q",
    "instar-prep counts.h5ad -o prep.h5ad --hvg 60 -q",
    "instar-pca prep.h5ad -o pca.h5ad -n 5 -q",
    "instar-fit pca.h5ad -o model.instar -t time --steps 60 --width 16 --log log.jsonl -q",
    "instar-predict model.instar pca.h5ad --from first --grid 9 --genes -o pred.h5ad -q",
    "instar-holdout pca.h5ad -o table.tsv -t time --times 2 --steps 60 --width 16 --baselines --bootstrap 5 -q",
    "instar-report --data pca.h5ad --model model.instar --predictions pred.h5ad --holdout table.tsv --log log.jsonl "
    "--color lineage,gene5 -o report.html",
]


def main():
    parser = common_parser("opens a report in headless Chromium", "3.9")
    parser.add_argument("--page", help="check this page, not one of the pipeline's")
    parser.add_argument("--screenshots", help="write pictures of the page, 1400 and 400 pixels wide, into this folder")
    arguments = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        skip("no chromium in PATH (Debian: apt-get install chromium)")
    python = environment(arguments).absolute()
    files = made_files(arguments, [] if arguments.page else PIPELINE)
    page = Path(arguments.page) if arguments.page else files / "report.html"
    check = [python, Path(__file__).resolve().parent / "check_page.py", chromium, page.absolute()]
    if arguments.screenshots:
        check.append(arguments.screenshots)
    sys.exit(subprocess.run(check).returncode)


if __name__ == "__main__":
    main()
