#!/usr/bin/env python3
"""resume.py --bin DIR [--rounds N] [--seed S]: is training that was killed and resumed the same, byte for byte?

Each round is one training that is killed by SIGKILL at random moments, and resumed with a random number of threads, till
it ends: the model and the log must be those of a training without a break, and no other file may be left. Then SIGINT and
SIGTERM: exit code, checkpoint, and the command that the message prints, pasted into a shell that has no PATH to the tool.
Last, a training whose loss explodes: the checkpoint before it stays.
"""
import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STEPS = 16000
# Two networks, so that a kill falls into either.
OPTIONS = f"-t time --steps {STEPS // 2} --ensemble 2 --width 16 --batch 16 --growth-scale 2 --no-provenance -q".split()


def expect(holds, what):
    if not holds:
        sys.exit(f"FAIL {what}")


def run(command, folder, **more):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, **more)


def log_of(path):
    """All but the speed, which is another in every run."""
    return [{key: value for key, value in json.loads(line).items() if key != "cells_per_second"} for line in path.read_text().splitlines()]


def await_training(folder, process):
    """Until the log says that steps are done: before, there is nothing to save."""
    while process.poll() is None and not ((folder / "log.jsonl").exists() and (folder / "log.jsonl").stat().st_size > 0):
        time.sleep(0.002)


def held_in_training(command, folder):
    """Started, and stopped with thousands of steps to come. On a busy machine a training may end before we look: again."""
    for _ in range(50):
        process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
        await_training(folder, process)
        process.send_signal(signal.SIGSTOP)
        state = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        if state.si_code == os.CLD_STOPPED and (folder / "log.jsonl").read_bytes().count(b"\n") < 3 * STEPS // 4:
            return process
        process.kill()
        message = process.communicate()[1]
        expect(process.returncode in (0, -signal.SIGKILL), f"a training left with {process.returncode}: {message}")
        for name in ("a model.instar", "part.ckpt", "log.jsonl"):
            (folder / name).unlink(missing_ok=True)
    sys.exit("FAIL no training could be stopped before its end in 50 attempts")


def killed_round(fit, folder, whole, rng):
    """Kills by what is written of the log, not by the clock, which a busy machine makes meaningless."""
    length, log = (whole / "log.jsonl").stat().st_size, folder / "log.jsonl"

    def written():
        return log.stat().st_size if log.exists() else 0

    kills = 0
    done = None
    while done is None:
        resume = ["--resume", "part.ckpt"] if (folder / "part.ckpt").exists() else []
        command = fit + ["-o", "model.instar", "--checkpoint", "part.ckpt", "--checkpoint-every", "300", "--log", "log.jsonl", "-@", str(rng.randint(1, 3))] + resume
        moment = rng.uniform(written() if kills else 0, 1.3 * length if kills else 0.9 * length)
        process = subprocess.Popen(command, cwd=folder)
        while (done := process.poll()) is None and written() < moment:
            time.sleep(0.001)
        if done is None:
            process.send_signal(signal.SIGKILL)
            if (done := process.wait()) == -signal.SIGKILL:
                kills, done = kills + 1, None
    expect(done == 0, f"a resumed training left with {done}")
    expect((folder / "model.instar").read_bytes() == (whole / "model.instar").read_bytes(), f"after {kills} kills the model is another one")
    expect(log_of(folder / "log.jsonl") == log_of(whole / "log.jsonl"), f"after {kills} kills the log is another one")
    # An unfinished checkpoint has no name, so that SIGKILL leaves nothing of it. A finished one is linked beside the one
    # before and renamed over it: between these two calls SIGKILL leaves it whole, under a name with the number of the
    # process.
    left = sorted(p.name for p in folder.iterdir())
    between = [name for name in left if re.fullmatch(r"\.part\.ckpt\.\d+-0\.tmp", name)]
    expect(len(between) <= kills, f"after {kills} kills there is {left}")
    for name in between:
        (folder / name).rename(folder / "between.ckpt")
        again = run(fit + ["-o", "again.instar", "--log", "again.jsonl", "--resume", "between.ckpt"], folder)
        expect(again.returncode == 0, f"a checkpoint left behind is not whole: {again.stderr}")
        for made in ("between.ckpt", "again.instar", "again.jsonl"):
            (folder / made).unlink(missing_ok=True)
        left.remove(name)
    expect(left == ["cells.h5ad", "log.jsonl", "model.instar", "part.ckpt"], f"after {kills} kills there is {left}")
    return kills


def interrupted(fit, folder, whole, number, code):
    command = fit + ["-o", "a model.instar", "--checkpoint=part.ckpt", "--checkpoint-every", "1000000", "--log", "log.jsonl"]
    process = held_in_training(command, folder)
    process.send_signal(number)
    process.send_signal(signal.SIGCONT)
    message = process.communicate()[1]
    expect(process.returncode == code, f"signal {number}: expected exit {code}, found {process.returncode}: {message}")
    expect((folder / "part.ckpt").exists() and not (folder / "a model.instar").exists(), f"signal {number}: no checkpoint, or a model")
    printed = re.search(r"interrupted after \d+ of 16000 steps; go on with: (.*)", message)
    expect(printed, f"signal {number}: no hint in {message}")
    pasted = run(["/bin/sh", "-c", printed[1]], folder, env={"PATH": "/usr/bin:/bin"})
    expect(pasted.returncode == 0, f"the printed command left with {pasted.returncode}: {printed[1]}\n{pasted.stderr}")
    expect((folder / "a model.instar").read_bytes() == (whole / "model.instar").read_bytes(), f"signal {number}: the resumed model is another one")


def exploded(fit, folder):
    """A huge learning rate after a good start: the rate of the resumed training is refused, so it is one run."""
    command = fit + ["-o", "model.instar", "--checkpoint", "part.ckpt", "--checkpoint-every", "1", "--learning-rate", "1e30", "--warmup", "100"]
    done = run(command, folder)
    expect(done.returncode == 4, f"expected exit 4 where the loss explodes, found {done.returncode}: {done.stderr}")
    found = re.search(r"(loss|gradient|a parameter) is no longer finite at step (\d+)", done.stderr)
    expect(found, f"no step and quantity in: {done.stderr}")
    again = run(command + ["--resume", "part.ckpt"], folder)
    expect(again.returncode == 4 and found[0] in again.stderr, f"the checkpoint before the explosion is not good: {again.stderr}")
    expect(not (folder / "model.instar").exists(), "a model of a training that exploded")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    # Background jobs of a script are started with SIGINT ignored, and so would the trainings be.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    rng = random.Random(options.seed)
    tools = Path(options.bin).resolve()
    fit = [str(tools / "instar-fit"), "cells.h5ad", *OPTIONS]
    with tempfile.TemporaryDirectory(prefix="instar-resume-") as top:
        folders = iter(range(10**6))

        def fresh():
            folder = Path(top) / str(next(folders))
            folder.mkdir()
            made = run([tools / "instar-simulate", "gaussian", "-o", "cells.h5ad", "--cells", "200", "-q"], folder)
            expect(made.returncode == 0, made.stderr)
            return folder

        whole = fresh()
        done = run(fit + ["-o", "model.instar", "--log", "log.jsonl"], whole)
        expect(done.returncode == 0, done.stderr)
        kills = sum(killed_round(fit, fresh(), whole, rng) for _ in range(options.rounds))
        for number, code in [(signal.SIGINT, 130), (signal.SIGTERM, 143)]:
            interrupted(fit, fresh(), whole, number, code)
        called = [str(tools / "instar"), "fit", *fit[1:]]
        interrupted(called, fresh(), whole, signal.SIGINT, 130)
        exploded(fit, fresh())
    print(f"{options.rounds} trainings, {kills} kills (seed {options.seed}): all the same bytes")


if __name__ == "__main__":
    main()
