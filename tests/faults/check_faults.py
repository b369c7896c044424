#!/usr/bin/env python3
"""check_faults.py BIN_DIR [--shim failing_calls.so] [--thorough] [--rounds N] [--seed S]: what remains when a tool is disturbed?

Every tool that writes is killed, interrupted, refused space and denied its folder, for real. Whatever befalls it, the
file that it was to replace is the old one or the new one whole, nothing else is left behind, and the exit code is right.
"""
import argparse
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scene import COMMANDS, Room, Scene, fail, failures

# The shortest way through each writer: h5ad, a model, a table, text on standard output.
WRITERS = ("prep", "fit", "holdout")
ENOSPC, EIO = 28, 5
CODES = {signal.SIGKILL: (-9,), signal.SIGTERM: (-15, 143), signal.SIGINT: (-2, 130)}
JOURNAL = (".partial",)  # holdout keeps its finished rows on purpose, for --resume
counts = {}


def note(kind, label, ran=1):
    counts[kind] = counts.get(kind, 0) + ran
    return f"{kind}: {label}"


def remains(name):
    return JOURNAL if name == "holdout" else ()


# ---- a call that fails, a process that ends there


def with_shim(room, shim, name, **more):
    """One command under the shim. -> (scene, CompletedProcess); the caller closes the scene."""
    scene = room.scene(name)
    done = room.run(scene.line, scene.folder, scene.tmp, LD_PRELOAD=str(shim), **{k: str(v) for k, v in more.items()})
    return scene, done


def calls_of(room, shim, name, **more):
    """The calls that change files, in order, of a run without faults."""
    with tempfile.NamedTemporaryFile(dir=room.top) as log:
        scene, done = with_shim(room, shim, name, FAULT_LOG=log.name, **more)
        with scene:
            scene.judge(f"{name} with the shim", done.returncode, (0,), done.stderr)
        return [line.split()[1] for line in Path(log.name).read_text(encoding="utf-8").splitlines()]


def failing_calls(room, shim, names, rng):
    for name in names:
        for nameless in (True, False) if name in WRITERS else (True,):
            more = {} if nameless else {"FAULT_NO_TMPFILE": 1}
            calls = calls_of(room, shim, name, **more)
            if len(calls) < 3:
                fail(f"{name}: only {len(calls)} calls seen: the shim does not reach it")
            # Once the file has its name, only its folder is synced; that may fail quietly.
            placed = max(i for i, call in enumerate(calls, 1) if call in ("linkat", "rename"))
            for n, call in enumerate(calls, 1):
                error = rng.choice((ENOSPC, EIO))
                scene, done = with_shim(room, shim, name, FAULT_AT=n, FAULT_DO=error, **more)
                label = note("failing call", f"{name}, {call} {n} of {len(calls)}, error {error}, {more}")
                with scene:
                    scene.judge(label, done.returncode, (3,) if n <= placed else (0,), done.stderr, remains(name))
            for n, call in enumerate(calls, 1):
                number = rng.choice(list(CODES))
                scene, done = with_shim(room, shim, name, FAULT_AT=n, FAULT_DO=-number, **more)
                label = note("signal at a call", f"{name}, {number.name} at {call} {n} of {len(calls)}, {more}")
                # SIGKILL between the link and the rename, or without nameless files: no process can clean up.
                left = number == signal.SIGKILL and (not nameless or call == "rename")
                with scene:
                    scene.judge(label, done.returncode, (*CODES[number], 0), done.stderr,
                                (*remains(name), *((".tmp",) if left else ())))


# ---- signals at random moments


def random_signals(room, rounds, rng):
    for name in COMMANDS:
        begin = time.monotonic()
        with room.scene(name) as scene:
            room.run(scene.line, scene.folder, scene.tmp)
        usual = time.monotonic() - begin
        for number in CODES:
            for _ in range(rounds):
                with room.scene(name) as scene:
                    process = room.start(scene.line, scene.folder, scene.tmp)
                    moment = rng.uniform(0, 1.1 * usual)
                    time.sleep(moment)
                    process.send_signal(number)
                    errors = process.communicate(timeout=300)[1]
                    label = note("signal at random", f"{name}, {number.name} after {moment:.3f} s")
                    scene.judge(label, process.returncode, (*CODES[number], 0), errors, remains(name))


# ---- no space, no permission


def mounted(size, *options):
    """A small tmpfs, or None where this user may not mount one."""
    folder = tempfile.mkdtemp()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join((f"size={size}", *options)), "none", folder], capture_output=True)
    if done.returncode == 0:
        return folder
    os.rmdir(folder)
    return None


def unmounted(folder):
    subprocess.run(["umount", folder], check=True)
    os.rmdir(folder)


def filled(folder, left):
    """Fills the disk of a folder but for about that many bytes."""
    with open(folder / "filler", "wb", buffering=0) as filler:
        try:
            while filler.write(bytes(1 << 16)) == 1 << 16:
                pass
        except OSError:
            pass
        filler.truncate(max(0, filler.tell() - left))


def full_disk(room):
    for name in COMMANDS:
        new = len(room.result(name))
        for share in (0.0, 0.5, 0.9) if new > 16384 else (0.0,):  # of what the output needs
            disk = mounted("8m")
            if disk is None:
                print("skipped: a full disk (mounting a tmpfs needs root)")
                return
            try:
                with Scene(room, name, True, disk) as scene:
                    tmp = Path(tempfile.mkdtemp(dir=room.top))
                    filled(scene.home, int(share * new) // 4096 * 4096)
                    done = room.run(scene.line, scene.folder, tmp)
                    label = note("full disk", f"{name}, room for {share} of {new} bytes")
                    scene.judge(label, done.returncode, (3,), done.stderr, remains(name))
                    if b"space" not in done.stderr and b"full" not in done.stderr:
                        fail(label, f"does not say that there is no space: {done.stderr}")
            finally:
                unmounted(disk)


def file_limit(room):
    for name in COMMANDS:
        new = len(room.result(name))
        for size in (0, new // 2):
            with room.scene(name) as scene:
                done = room.run(scene.line, scene.folder, scene.tmp,
                                limit=lambda s=size: resource.setrlimit(resource.RLIMIT_FSIZE, (s, s)))
                label = note("file-size limit", f"{name}, {size} of {new} bytes")
                scene.judge(label, done.returncode, (3,), done.stderr, remains(name))


def read_only_folder(room):
    """A file system mounted read-only for root; a folder without permission for others."""
    for name in COMMANDS:
        disk = mounted("8m") if os.geteuid() == 0 else tempfile.mkdtemp(dir=room.top)
        if disk is None:
            print("skipped: a read-only folder (root may write anywhere, and may not mount here)")
            return
        try:
            with Scene(room, name, True, disk) as scene:
                if os.geteuid() == 0:
                    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
                else:
                    scene.folder.chmod(0o555)
                tmp = Path(tempfile.mkdtemp(dir=room.top))
                done = room.run(scene.line, scene.folder, tmp)
                if os.geteuid() == 0:
                    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
                else:
                    scene.folder.chmod(0o755)
                scene.judge(note("read-only folder", name), done.returncode, (3,), done.stderr)
        finally:
            if os.geteuid() == 0:
                unmounted(disk)


# ---- streams and TMPDIR


def on_stdout(scene):
    return scene.line.replace(scene.out.name, "-" if scene.name not in ("predict", "predict table") else
                              f"- --format {scene.out.suffix[1:]}")


def streams(room):
    for name in COMMANDS:
        with room.scene(name) as scene:
            with open("/dev/full", "wb") as full:
                done = room.run(on_stdout(scene), scene.folder, scene.tmp, stdout=full)
            scene.judge(note("/dev/full", name), done.returncode, (3,), done.stderr, remains(name))
        with room.scene(name) as scene:
            reader, writer = os.pipe()
            os.close(reader)
            done = room.run(on_stdout(scene), scene.folder, scene.tmp, stdout=writer)
            os.close(writer)
            label = note("closed pipe", name)
            scene.judge(label, done.returncode, (-13, 141), done.stderr, remains(name))
            if done.stderr:
                fail(label, f"is not quiet: {done.stderr}")


def vanished_tmpdir(room):
    for name in COMMANDS:
        with room.scene(name) as scene:  # what needs no temporary file does without
            done = room.run(scene.line, scene.folder, scene.tmp / "vanished")
            scene.judge(note("vanished TMPDIR", name), done.returncode, (0,), done.stderr, remains(name))
        with room.scene(name) as scene:
            done = room.run(on_stdout(scene), scene.folder, scene.tmp / "vanished")
            label = note("vanished TMPDIR, to standard output", name)
            if name in ("holdout", "predict table") and done.returncode == 0:
                continue
            scene.judge(label, done.returncode, (3,), done.stderr, remains(name))
            if b"vanished" not in done.stderr:
                fail(label, f"does not name the folder: {done.stderr}")


# ---- readers side by side, locks, the output in the place of the input


def locking(room):
    for value in ("TRUE", "FALSE", "BEST_EFFORT", None):
        more = {} if value is None else {"HDF5_USE_FILE_LOCKING": value}
        with room.scene("prep") as scene:
            both = [room.start(line, scene.folder, scene.tmp, **more)
                    for line in (scene.line, scene.line.replace("-o out.h5ad", "-o other"), "instar-info counts.h5ad --stats")]
            errors = [process.communicate(timeout=300)[1] for process in both]
            label = note("readers side by side", f"HDF5_USE_FILE_LOCKING={value}")
            if any(process.returncode for process in both):
                fail(label, errors)
            elif (scene.folder / "other").read_bytes() != scene.out.read_bytes():
                fail(label, "they read different things")
            (scene.folder / "other").unlink(missing_ok=True)
            scene.judge(label, both[0].returncode, (0,), errors[0])
    if (disk := mounted("8m")) is None:
        print("skipped: reading from a read-only file system (mounting needs root)")
        return
    try:
        shutil.copy(room.inputs / "counts.h5ad", disk)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for value in ("TRUE", "FALSE"):
            with room.scene("prep") as scene:
                line = scene.line.replace("counts.h5ad", f"{disk}/counts.h5ad")
                done = room.run(line, scene.folder, scene.tmp, HDF5_USE_FILE_LOCKING=value)
                scene.judge(note("read-only input", value), done.returncode, (0,), done.stderr)
    finally:
        unmounted(disk)


def in_place(room, rounds, rng):
    """kill -9 during `instar-prep a.h5ad -o a.h5ad`: a.h5ad is the old one or the new one."""
    line = COMMANDS["prep"].replace("-o OUT.h5ad", "-o counts.h5ad")
    old, new = room.keep["counts.h5ad"], room.result("prep")
    begin = time.monotonic()
    with room.scene("prep", old=False) as scene:
        done = room.run(line, scene.folder, scene.tmp)
        if done.returncode or (scene.folder / "counts.h5ad").read_bytes() != new:
            fail(note("in place", "undisturbed"), done.returncode, done.stderr)
    usual = time.monotonic() - begin
    seen = set()
    for _ in range(4 * rounds):
        with room.scene("prep", old=False) as scene:
            process = room.start(line, scene.folder, scene.tmp)
            time.sleep(rng.uniform(0, 1.1 * usual))
            process.kill()
            process.communicate(timeout=300)
            found = (scene.folder / "counts.h5ad").read_bytes()
            label = note("in place", "SIGKILL")
            if found not in (old, new):
                fail(label, "the input is damaged")
            seen.add(found == new)
            if strays := {p.name for p in scene.folder.iterdir()} - set(room.keep):
                fail(label, f"left {strays}")


def main():
    parser = argparse.ArgumentParser(description="disturbs the tools that write")
    parser.add_argument("bin_dir")
    parser.add_argument("--shim", help="failing_calls.so; absent: without faults in single calls (sanitizers)")
    parser.add_argument("--rounds", type=int, default=1, help="random moments for each tool and signal")
    parser.add_argument("--thorough", action="store_true", help="calls that fail in every tool, not one of each kind")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the moments; printed")
    arguments = parser.parse_args()
    # Background jobs of a script are started with SIGINT ignored, and so would the tools be.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print("seed", arguments.seed)
    rng = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="instar-faults-") as top:
        room = Room(arguments.bin_dir, top)
        if arguments.shim:
            failing_calls(room, Path(arguments.shim).resolve(), COMMANDS if arguments.thorough else WRITERS, rng)
        random_signals(room, arguments.rounds, rng)
        full_disk(room)
        file_limit(room)
        read_only_folder(room)
        streams(room)
        vanished_tmpdir(room)
        locking(room)
        in_place(room, arguments.rounds, rng)
    print(", ".join(f"{kind} {count}" for kind, count in counts.items()))
    print(f"{sum(counts.values())} disturbances, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
