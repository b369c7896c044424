#!/usr/bin/env python3
"""Runs the commands of pages of documentation, as page.py explains.

    run.py --bin DIR [--files DIR] [--python] [--shared DIR] [--keep DIR] PAGE...
    run.py --bin DIR --files DIR --tool-pages DIR      every page there, each marked `files` and `small`

All pages given run one after the other in one folder, --keep or a scratch folder. --python runs Python blocks too, in this
very interpreter, --shared blocks marked so. Exit 1 where a command does not do what the page says, 77 (skipped) where --shared lacks a file.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import page as pages  # noqa: E402

SECONDS = 1500  # for one block
PROGRESS = re.compile(r"^instar-\w+: .* left\n", re.M)  # where a step takes half a minute
# Not among what a test of pages takes for given; tests/workflow runs it.
OTHER_PROGRAM = re.compile(r"\bsnakemake\b")
# `head` that reads to the end: whether a filter before the real one dies of its closed pipe (141) is a race.
PATIENT_HEAD = 'head() { command head "$@"; cat > /dev/null; }\n'
# Little work, where the page does not say how much: appended, for a flag is given once.
LITTLE = {
    "simulate": {"--cells": "500", "--genes": "150"},
    "fit": {"--steps": "60", "--width": "16"},
    "holdout": {"--steps": "60", "--width": "16"},
}


def small_tools(folder, tools):
    """A folder with an `instar` that asks the real one for little work."""
    folder.mkdir()
    cases = ""
    for verb, flags in LITTLE.items():
        extra = "".join(f'has {flag} "$@" || more+=({flag} {value})\n    ' for flag, value in flags.items())
        if verb == "simulate":
            extra = f'if [[ $2 == bifurcation ]]; then\n    {extra}fi'
        cases += f"  {verb})\n    {extra.strip()} ;;\n"
    script = f"""#!/usr/bin/env bash
has() {{ local name=$1 word; shift; for word; do [[ $word == "$name" || $word == "$name="* || $word == --merge ]] && return 0; done; return 1; }}
more=()
case ${{1:-}} in
{cases}esac
exec {tools}/instar "$@" "${{more[@]}}"
"""
    (folder / "instar").write_text(script, encoding="utf-8")
    (folder / "instar").chmod(0o755)
    return folder


def run_shell(block, folder, path, threads):
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", PATIENT_HEAD + block.text], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True, timeout=SECONDS, env={**os.environ, **threads, "PATH": f"{path}:{os.environ['PATH']}"})
    if done.returncode != block.exit:
        return f"left with {done.returncode}, not {block.exit}\n{done.stdout}"
    if block.output:
        return pages.difference(block.output.text, PROGRESS.sub("", done.stdout), block.output.tolerance)
    return None


def run_python(block, name, names):
    """In the current folder, with the names that the page's blocks before it made."""
    try:
        exec(compile("\n" * (block.line - 1) + block.text, name, "exec"), names)
    except Exception:
        return traceback.format_exc()
    return None


def shared_tools(block, arguments, folder):
    """The tools as they are, with the block's file of the shared data in the folder."""
    source = arguments.shared / block.needs
    if not source.is_file():
        print(f"skipped: there is no {source}")
        sys.exit(77)
    if not (folder / block.needs).exists():
        (folder / block.needs).symlink_to(source)
    return arguments.bin


def run_page(path, arguments, folder, scratch):
    page = pages.parse(path.read_text(encoding="utf-8"))
    if arguments.tool_pages:
        page.marks.add("files")
        for block in page.blocks:
            block.small = True
    if "files" in page.marks:
        if not arguments.files:
            sys.exit(f"{path}: needs --files")
        shutil.copytree(arguments.files, folder, dirs_exist_ok=True)
    tools = arguments.bin.resolve()
    small = f"{small_tools(scratch / path.stem, tools)}:{tools}"
    # Pages run side by side, one thread each; the bytes are the same. What is slow may have the machine.
    one = {} if "slow" in page.marks else {"OMP_NUM_THREADS": "1"}
    names, done = {"__name__": "__main__"}, 0
    for block in page.blocks:
        wrong = None
        if arguments.tool_pages and OTHER_PROGRAM.search(block.text):
            print(f"{path.name}: not run: {block.text}")
            continue
        if block.needs and not arguments.shared:
            print(f"{path}:{block.line}: not run without --shared: {block.needs}")
            continue
        if block.kind in ("sh", "run"):
            wrong = (run_shell(block, folder, shared_tools(block, arguments, folder), {}) if block.needs else
                     run_shell(block, folder, small if block.small else tools, one))
        elif block.kind in ("python", "check") and arguments.python:
            wrong = run_python(block, str(path), names)
        elif block.kind in ("python", "check"):
            compile(block.text, str(path), "exec")
            continue
        else:
            continue
        done += 1
        if wrong:
            hint = "\n(the files that pages take for given are made by tests/docs/files.sh)" if "files" in page.marks else ""
            sys.exit(f"{path}:{block.line}: {wrong}\nin\n{block.text}{hint}")
    print(f"{path}: {done} blocks")


def main():
    parser = argparse.ArgumentParser(description="runs the commands of pages of documentation")
    parser.add_argument("--bin", required=True, type=Path)
    parser.add_argument("--files", type=Path, help="folder that files.sh made")
    parser.add_argument("--python", action="store_true")
    parser.add_argument("--shared", type=Path, help="folder of data sets that are not shipped")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--tool-pages", type=Path)
    parser.add_argument("pages", nargs="*", type=Path)
    arguments = parser.parse_args()
    if arguments.tool_pages:
        arguments.pages = sorted(arguments.tool_pages.glob("*.md"))
    if not arguments.pages:
        parser.error("no pages")
    arguments.pages = [path.resolve() for path in arguments.pages]
    arguments.files = arguments.files and arguments.files.resolve()
    arguments.shared = arguments.shared and arguments.shared.resolve()
    with tempfile.TemporaryDirectory(prefix="instar-docs-") as scratch:
        folder = arguments.keep.resolve() if arguments.keep else Path(scratch) / "files"
        folder.mkdir(parents=True, exist_ok=True)
        arguments.bin = arguments.bin.resolve()
        os.chdir(folder)
        for path in arguments.pages:
            run_page(path, arguments, folder, Path(scratch))
        os.chdir("/")


if __name__ == "__main__":
    main()
