#!/usr/bin/env python3
"""Builds the site of docs/, strictly, in a virtual environment of its own, and checks that nothing on it is fetched from elsewhere.

    site.py --root DIR --tools DIR --work DIR --output DIR

--tools holds the pages that the build made of the tools. Exit 77 (skipped) where the packages cannot be had.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))
from run import environment  # noqa: E402  (the same environment as the other tests make)

FETCHED = re.compile(r"<(?:script|img|iframe|source|video|audio)\b[^>]*\ssrc=[\"']?(?:https?:)?//[^>]*>|"
                     r"<link\b(?=[^>]*rel=[\"']?(?:stylesheet|preconnect|preload|icon))[^>]*href=[\"']?(?:https?:)?//[^>]*>")
FETCHED_BY_STYLE = re.compile(r"(?:url\(|@import\s+)[\"']?(?:https?:)?//[^)]*")


def fetched_from_elsewhere(folder):
    for path in sorted(folder.rglob("*")):
        pattern = {".html": FETCHED, ".css": FETCHED_BY_STYLE}.get(path.suffix)
        if pattern:
            for found in pattern.findall(path.read_text(encoding="utf-8")):
                yield f"{path.relative_to(folder)}: {found}"


def main():
    parser = argparse.ArgumentParser(description="builds the site of docs/")
    for name in ("--root", "--tools", "--work", "--output"):
        parser.add_argument(name, required=True, type=Path)
    arguments = parser.parse_args()
    arguments.requirements = arguments.root / "docs/site/requirements.txt"
    arguments.python_minimum = "3.11"
    python = environment(arguments).absolute()
    command = [python, "-m", "mkdocs", "build", "--strict", "--clean", "-f", arguments.root / "mkdocs.yml", "-d", arguments.output.absolute()]
    tools = {**os.environ, "INSTAR_TOOL_PAGES": str(arguments.tools.absolute()), "PYTHONDONTWRITEBYTECODE": "1"}
    # Not by -q: what is not logged is not counted as a warning.
    done = subprocess.run(command, env=tools, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit("".join(line for line in done.stdout.splitlines(keepends=True) if not line.startswith("INFO")))
    wrong = list(fetched_from_elsewhere(arguments.output))
    missing = [tool.name for tool in arguments.tools.glob("*.md") if not (arguments.output / "tools" / tool.with_suffix(".html").name).is_file()]
    for line in wrong + [f"no page of {name}" for name in missing]:
        print(line)
    pages = len(list(arguments.output.rglob("*.html")))
    print(f"{pages} pages in {arguments.output}")
    sys.exit(bool(wrong or missing))


if __name__ == "__main__":
    main()
