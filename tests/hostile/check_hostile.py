#!/usr/bin/env python3
"""check_hostile.py BIN_DIR [--flips N] [--seed S]: do the tools refuse what is damaged, quickly and in one sentence?

Every damaged file is given to instar-info, instar-info --stats, instar-prep and instar-pca, under a limit of 2 GiB of address space
and 5 seconds (of a processor, since the tests share theirs; nothing may wait either). The tools named with it must exit
3 with one line on stderr that names the file; the others may also succeed. Then N files with random bytes changed: whatever they hold, exit 0 or 3 and nothing else.
"""
import argparse
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import hostile_files

MEMORY = 2 << 30
SECONDS = 5
HANGS = 60  # seconds on the clock
SLOWER_SANITIZED = 6
PAGE = "page"  # instar-info without --stats: it may also succeed, as it reads little
TRIED = (PAGE, *hostile_files.ALL)
failures = []
limits = {"memory": MEMORY, "seconds": SECONDS}


def command(tool, path, out):
    if tool == PAGE:
        return ["instar-info", path]
    if tool == "info":
        return ["instar-info", path, "--stats", "-t", "time", "-@", "2"]
    if tool == "prep":
        return ["instar-prep", path, "-o", out, "-t", "time", "--exclude-times", "1", "-@", "2"]
    return ["instar-pca", path, "-o", out, "-n", "2", "--genes", "all", "-@", "2", "-t", "time", "--exclude-times", "1"]


def fail(label, tool, problem):
    failures.append((label, tool))
    print(f"FAIL {label}: {tool}: {problem}", flush=True)


def limit_memory():
    if limits["memory"]:
        resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(label, tool, path, bin_dir):
    """@returns exit code and errors, None after a failure that no damage excuses"""
    out = path.parent / "out.h5ad"
    arguments = list(map(str, command(tool, path, out)))
    arguments[0] = str(Path(bin_dir) / arguments[0])
    begin = processor_seconds()
    try:
        done = subprocess.run(arguments, capture_output=True, timeout=HANGS, preexec_fn=limit_memory)
    except subprocess.TimeoutExpired:
        return fail(label, tool, "does not end")
    seconds = processor_seconds() - begin
    err = done.stderr.decode(errors="backslashreplace")
    left = [p for p in path.parent.iterdir() if "out.h5ad" in p.name and (done.returncode or p != out)]
    for litter in [out, *left]:
        litter.unlink(missing_ok=True)
    if done.returncode not in (0, 3):
        return fail(label, tool, f"exit {done.returncode}: {err[-300:]}")
    if left:
        fail(label, tool, f"left {[p.name for p in left]}")
    if seconds > limits["seconds"]:
        fail(label, tool, f"took {seconds:.1f} s")
    if done.returncode == 3 and len([line for line in err.splitlines() if " warning: " not in line]) != 1:
        fail(label, tool, f"expected one sentence, found: {err[-300:]}")
    if any(ord(c) < 32 and c != "\n" for c in err):
        fail(label, tool, f"control characters: {err!r}")
    return done.returncode, err


def check_refused(bin_dir, folder, verbose):
    count = 0
    for label, tools, path in hostile_files.make_all(folder):
        count += 1
        for tool in TRIED:
            result = run(label, tool, path, bin_dir)
            if result is None:
                continue
            code, err = result
            if tool in tools and code != 3:
                fail(label, tool, "is not refused")
            if code == 3 and str(path) not in err:
                fail(label, tool, f"the sentence does not name the file: {err}")
            if verbose and code == 3:
                print(f"{label}: {tool}: {err.strip().replace(str(folder), '')}")
    return count


def flipped(data, rng):
    """A few bytes changed, most of them in what describes the file, which comes in its first part and between data."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(out)) if rng.random() < 0.7 else rng.randrange(min(4096, len(out)))
        out[at] = rng.choice((0, 255, out[at] ^ (1 << rng.randrange(8)), rng.randrange(256)))
    return bytes(out)


def check_flipped(bin_dir, folder, count, seed, keep):
    base = folder / "base.h5ad"
    hostile_files.make_base(base)
    data = base.read_bytes()
    codes = {0: 0, 3: 0}
    for i in range(count):
        rng = random.Random(seed + i)
        path = folder / "flipped.h5ad"
        path.write_bytes(flipped(data, rng))
        before = len(failures)
        for tool in TRIED:
            result = run(f"flipped {seed + i}", tool, path, bin_dir)
            if result:
                codes[result[0]] += 1
        if keep and len(failures) > before:
            (Path(keep) / f"flipped{seed + i}.h5ad").write_bytes(path.read_bytes())
    return codes


def main():
    parser = argparse.ArgumentParser(description="damaged files against the tools")
    parser.add_argument("bin_dir")
    parser.add_argument("--flips", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="folder for the flipped files that fail")
    parser.add_argument("--only-flips", action="store_true")
    parser.add_argument("--sanitized", action="store_true", help="the tools need the memory and time of sanitizers")
    parser.add_argument("-v", "--verbose", action="store_true", help="print every refusal")
    arguments = parser.parse_args()
    if arguments.sanitized:
        limits.update(memory=None, seconds=SLOWER_SANITIZED * SECONDS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not arguments.only_flips:
            for tool in TRIED:  # what is damaged below is the damage's fault
                hostile_files.make_base(folder / "base.h5ad")
                result = run("sound file", tool, folder / "base.h5ad", arguments.bin_dir)
                if result and result[0] != 0:
                    fail("sound file", tool, result[1])
            count = check_refused(arguments.bin_dir, folder, arguments.verbose)
            print(f"{count} hostile files, {len(failures)} failures")
        codes = check_flipped(arguments.bin_dir, folder, arguments.flips, arguments.seed, arguments.keep)
        print(f"{arguments.flips} flipped files: {codes[0]} runs succeeded, {codes[3]} refused; "
              f"{len(failures)} failures in all")
    return 1 if failures else 0


sys.exit(main())
