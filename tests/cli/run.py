#!/usr/bin/env python3
"""Golden tests of the command line: runs the commands of case files and compares what users see.

    run.py --bin DIR [--shared DIR] [--update] [--only TEXT] FILE|FOLDER...

A case file (tests/cli/<tool>/<name>.cases) is a sequence of cases, in the order a reader would try them:

    fixture instar-simulate gaussian -o cells.h5ad --cells 60    run once per file; what it makes is copied into every case
    needs simgene_sim2.h5ad                                      a shared data set; without it the file's cases are skipped

    ## a missing time column names the columns there are
    $ instar-fit cells.h5ad -o model.instar -t nosuch            a command, run by bash -o pipefail
    > a line of standard output
    ! a line of standard error
    ? 3                                                          the exit code, where it is not 0

Inside a case `needs` skips that case alone. A case runs in a folder of its own; $FILES is tests/cli/data, $SHARED the
shared data. Expected lines match literally, except: a line `>re PATTERN` or `!re PATTERN` must match as a whole, and
`>...` or `!...` stands for any number of lines. Paths of the case's folder read as $CASE, of the shared data as $SHARED.

Whatever the case says, a command that fails must leave the folder as it found it (nothing half-written), and every
command must leave TMPDIR empty. --update rewrites the expected lines of the cases that differ, keeping patterns
that still match; read the difference before you commit it.
"""

import argparse
import difflib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TIMEOUT_SECONDS = 300


class Step:
    """One command with what it is expected to do: lines are (kind, text), kind one of literal, re, any."""

    def __init__(self, command):
        self.command, self.stdout, self.stderr, self.code = command, [], [], 0


class Case:
    def __init__(self, title):
        self.title, self.needs, self.steps = title, [], []


def parse(path):
    """-> (head lines kept verbatim, fixtures, needs, cases)"""
    head, fixtures, needs, cases = [], [], [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{path}:{number}"
        if line.startswith("## "):
            cases.append(Case(line[3:]))
        elif not cases:
            head.append(line)
            if line.startswith("fixture "):
                fixtures.append(line[len("fixture "):])
            elif line.startswith("needs "):
                needs.append(line.split()[1])
            elif line.strip() and not line.startswith("#"):
                sys.exit(f"{where}: expected `fixture`, `needs`, a comment or a case, found: {line}")
        elif line.startswith("$ "):
            cases[-1].steps.append(Step(line[2:]))
        elif line.startswith("needs "):
            cases[-1].needs.append(line.split()[1])
        elif line[:1] in (">", "!") and cases[-1].steps:
            lines = cases[-1].steps[-1].stdout if line[0] == ">" else cases[-1].steps[-1].stderr
            if line[1:] == "...":
                lines.append(("any", ""))
            elif line[1:4] == "re ":
                lines.append(("re", line[4:]))
            else:
                lines.append(("literal", line[2:]))
        elif line.startswith("? ") and cases[-1].steps:
            cases[-1].steps[-1].code = int(line[2:])
        elif line.strip():
            sys.exit(f"{where}: expected `$`, `>`, `!`, `?` or `needs`, found: {line}")
    return head, fixtures, needs, cases


def render(head, cases):
    out = list(head)
    while out and not out[-1].strip():
        out.pop()
    for case in cases:
        out += ["", f"## {case.title}"] if out else [f"## {case.title}"]
        out += [f"needs {name}" for name in case.needs]
        for step in case.steps:
            out.append(f"$ {step.command}")
            for mark, lines in ((">", step.stdout), ("!", step.stderr)):
                for kind, text in lines:
                    out.append(mark + {"any": "...", "re": f"re {text}", "literal": f" {text}" if text else ""}[kind])
            if step.code:
                out.append(f"? {step.code}")
    return "\n".join(out) + "\n"


def matches(expected, found):
    """Whether found lines are what the expected ones allow (`any` swallows as few lines as it can)."""
    if not expected:
        return not found
    kind, text = expected[0]
    if kind == "any":
        return any(matches(expected[1:], found[i:]) for i in range(len(found) + 1))
    if not found or (found[0] != text if kind == "literal" else not re.fullmatch(text, found[0])):
        return False
    return matches(expected[1:], found[1:])


def updated(expected, found):
    """The found lines, with those patterns of the expected ones that still match a line."""
    patterns = [text for kind, text in expected if kind == "re"]
    result = []
    for line in found:
        pattern = next((p for p in patterns if re.fullmatch(p, line)), None)
        result.append(("re", pattern) if pattern else ("literal", line))
    return result


def listing(folder):
    """Every file below a folder with a digest of its bytes."""
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*")) if p.is_file() and not p.is_symlink()
    }


class Runner:
    def __init__(self, arguments):
        self.bin, self.shared, self.update = Path(arguments.bin).resolve(), arguments.shared, arguments.update
        self.only, self.passed, self.skipped, self.failed = arguments.only, 0, [], 0

    def environment(self, scratch):
        keep = {k: v for k, v in os.environ.items() if k in ("LD_LIBRARY_PATH", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")}
        return {
            **keep, "PATH": f"{self.bin}:/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
            "TMPDIR": str(scratch), "OMP_NUM_THREADS": "2", "COLUMNS": "80", "SHARED": str(self.shared or "/nonexistent"),
            "FILES": str(Path(__file__).resolve().parent / "data"),
        }

    def run(self, command, folder, scratch):
        done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=folder, env=self.environment(scratch),
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_SECONDS)
        streams = []
        for stream in (done.stdout, done.stderr):
            text = stream.decode("utf-8", "backslashreplace").replace(str(folder), "$CASE")
            if self.shared:
                text = text.replace(str(self.shared), "$SHARED")
            streams.append(text.splitlines())
        return done.returncode, *streams

    def missing(self, needs):
        return [n for n in needs if not self.shared or not (Path(self.shared) / n).exists()]

    def complaints(self, step, folder, scratch):
        """Runs one step. -> list of complaints; with --update the step is rewritten instead where output differs."""
        before = listing(folder)
        code, out, err = self.run(step.command, folder, scratch)
        found = []
        if code != step.code:
            found.append(f"exit code {code} instead of {step.code}")
        for name, expected, actual in (("stdout", step.stdout, out), ("stderr", step.stderr, err)):
            if not matches(expected, actual):
                wanted = [{"any": "...", "re": f"(re) {t}", "literal": t}[k] for k, t in expected]
                found.append("\n".join(difflib.unified_diff(wanted, actual, f"expected {name}", f"found {name}", lineterm="")))
        if found and self.update:
            if not matches(step.stdout, out):
                step.stdout = updated(step.stdout, out)
            if not matches(step.stderr, err):
                step.stderr = updated(step.stderr, err)
            step.code, found = code, []
        if code != 0 and listing(folder) != before:
            changed = sorted(set(listing(folder).items()) ^ set(before.items()))
            found.append(f"a failed command changed files: {', '.join(sorted({name for name, _ in changed}))}")
        if any(scratch.iterdir()):
            found.append(f"left in TMPDIR: {', '.join(p.name for p in scratch.iterdir())}")
            for path in scratch.iterdir():
                path.unlink()
        return found

    def run_case(self, path, case, fixtures):
        with tempfile.TemporaryDirectory(prefix="instar-case-") as top:
            folder, scratch = Path(top).resolve() / "case", Path(top).resolve() / "tmp"
            shutil.copytree(fixtures, folder, symlinks=True)
            scratch.mkdir()
            for step in case.steps:
                found = self.complaints(step, folder, scratch)
                if found:
                    self.failed += 1
                    print(f"FAILED {path}: {case.title}\n  $ {step.command}")
                    print("\n".join("    " + line for text in found for line in text.splitlines()))
                    return
        self.passed += 1

    def run_file(self, path):
        head, fixtures, needs, cases = parse(path)
        cases_to_run = [c for c in cases if not self.only or self.only in c.title]
        lacking = self.missing(needs)
        if lacking:
            self.skipped += [f"{path}: {c.title} (no {', '.join(lacking)})" for c in cases_to_run]
            return
        with tempfile.TemporaryDirectory(prefix="instar-fixture-") as top:
            folder, scratch = Path(top).resolve() / "fixture", Path(top).resolve() / "tmp"
            folder.mkdir()
            scratch.mkdir()
            for command in fixtures if cases_to_run else []:
                code, out, err = self.run(command, folder, scratch)
                if code:
                    self.failed += 1
                    print(f"FAILED {path}: fixture: {command}\n  exit code {code}\n" + "\n".join(out + err))
                    return
            for case in cases_to_run:
                lacking = self.missing(case.needs)
                if lacking:
                    self.skipped.append(f"{path}: {case.title} (no {', '.join(lacking)})")
                else:
                    self.run_case(path, case, folder)
        if self.update:
            text = render(head, cases)
            if text != path.read_text(encoding="utf-8"):
                path.write_text(text, encoding="utf-8")
                print(f"updated {path}")


def main():
    parser = argparse.ArgumentParser(description="golden tests of the command line (see the head of this file)")
    parser.add_argument("--bin", required=True, help="folder with the built tools")
    parser.add_argument("--shared", help="folder with the shared data sets; cases that need one are skipped without it")
    parser.add_argument("--update", action="store_true", help="rewrite what is expected to what is found")
    parser.add_argument("--only", help="only cases whose title contains this")
    parser.add_argument("paths", nargs="+", type=Path)
    arguments = parser.parse_args()
    if arguments.shared and not Path(arguments.shared).is_dir():
        arguments.shared = None
    if arguments.shared:
        arguments.shared = Path(arguments.shared).resolve()
    runner = Runner(arguments)
    for path in arguments.paths:
        for file in sorted(path.glob("*.cases")) if path.is_dir() else [path]:
            runner.run_file(file)
    for line in runner.skipped:
        print(f"skipped {line}")
    print(f"{runner.passed} passed, {runner.failed} failed, {len(runner.skipped)} skipped")
    return 1 if runner.failed else 0


if __name__ == "__main__":
    sys.exit(main())
