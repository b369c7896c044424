#!/usr/bin/env python3
"""The golden runner must fail where a tool misbehaves: runs it on case files with known verdicts."""

import subprocess
import sys
import tempfile
from pathlib import Path

RUN = Path(__file__).resolve().parent / "run.py"

# (name, case file, exit code of the runner, what it must print)
CASES = [
    ("match", "## a\n$ echo hello; echo oops >&2; exit 3\n> hello\n! oops\n? 3\n", 0, "1 passed"),
    ("wrong stdout", "## a\n$ echo hello\n> bye\n", 1, "found stdout"),
    ("unexpected stderr", "## a\n$ echo oops >&2\n", 1, "found stderr"),
    ("wrong exit code", "## a\n$ exit 4\n? 3\n", 1, "exit code 4 instead of 3"),
    ("missing line", "## a\n$ echo one\n> one\n> two\n", 1, "found stdout"),
    ("pattern", "## a\n$ echo took 0.13 s\n>re took [0-9.]+ s\n", 0, "1 passed"),
    ("pattern matches the whole line", "## a\n$ echo took 0.13 seconds\n>re took [0-9.]+ s\n", 1, "found stdout"),
    ("any lines", "## a\n$ seq 5\n> 1\n>...\n> 5\n", 0, "1 passed"),
    ("any lines, wrong end", "## a\n$ seq 5\n> 1\n>...\n> 6\n", 1, "found stdout"),
    ("failure that leaves a file", "## a\n$ echo x > half.h5ad; exit 3\n? 3\n", 1, "changed files: half.h5ad"),
    ("failure that changes an input", "fixture echo 1 > in\n## a\n$ echo 2 > in; exit 3\n? 3\n", 1, "changed files: in"),
    ("litter in TMPDIR", "## a\n$ touch $TMPDIR/spool\n", 1, "left in TMPDIR: spool"),
    ("own folder per case", "## a\n$ touch x\n## b\n$ ls\n", 0, "2 passed"),
    ("fixture", "fixture echo 1 > in\n## a\n$ cat in\n> 1\n## b\n$ rm in\n", 0, "2 passed"),
    ("broken fixture", "fixture false\n## a\n$ true\n", 1, "fixture: false"),
    ("paths read as $CASE", "## a\n$ pwd\n> $CASE\n", 0, "1 passed"),
    ("data that is not there", "needs nosuch.h5ad\n## a\n$ false\n", 0, "1 skipped"),
]


def run(folder, *arguments):
    done = subprocess.run([sys.executable, RUN, "--bin", folder, *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def main():
    failures = 0
    for name, text, code, says in CASES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.cases"
            path.write_text(text, encoding="utf-8")
            found, output = run(folder, str(path))
            if found != code or says not in output:
                failures += 1
                print(f"{name}: exit code {found}, expected {code} and {says!r}:\n{output}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.cases"
        path.write_text("# kept\n\n## a\n$ echo took 1 s; echo two; exit 3\n>re took \\d s\n> one\n", encoding="utf-8")
        run(folder, "--update", str(path))
        wanted = "# kept\n\n## a\n$ echo took 1 s; echo two; exit 3\n>re took \\d s\n> two\n? 3\n"
        if path.read_text(encoding="utf-8") != wanted or run(folder, str(path))[0] != 0:
            failures += 1
            print(f"--update wrote:\n{path.read_text(encoding='utf-8')}")
    print(f"{len(CASES) + 1} cases, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
