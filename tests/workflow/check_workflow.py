#!/usr/bin/env python3
"""check_workflow.py --bin DIR [--snakemake PROGRAM]: the shipped Snakemake workflow on its example, made small.

A fresh run makes the table and the report, of components and fits that have not seen the held-out time; a second run does
nothing; a killed run goes on, keeps what was done, and makes the same bytes; with `basis` nothing is normalised; the shell
example makes the same table; wrong keys are named (errors.cases). Exit 77 (skipped) without that Snakemake.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SMALL = {"hvg": "200", "components": "8", "dims": "5", "times": "[2]", "seeds": "[0]", "fit_flags": '"--steps 40 --width 16"'}
HERE = Path(__file__).resolve().parent


def fail(message):
    sys.exit(f"workflow: {message}")


class Folder:
    """A copy of the workflow, with a small configuration."""

    def __init__(self, path, snakemake, **keys):
        self.path, self.snakemake = path, snakemake
        subprocess.run(["instar", "workflow", "init", path, "-q"], check=True)
        config = (path / "config.yaml").read_text(encoding="utf-8") + "example_cells: 300\n"
        for key, value in {**SMALL, **keys}.items():
            line = f"{key}: {value}"
            config, changed = re.subn(rf"^(# )?{key}:.*", line, config, count=1, flags=re.MULTILINE)
            if not changed:
                fail(f"config.yaml has no {key}")
        (path / "config.yaml").write_text(config, encoding="utf-8")

    def run(self, *arguments):
        done = subprocess.run([self.snakemake, *arguments], cwd=self.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            fail(f"snakemake {' '.join(arguments)} left with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def table(self):
        return (self.path / "results" / "table.tsv").read_bytes()

    def kill_when(self, pattern):
        """Starts a run, and kills it and all its jobs at once when there is such a file; False where it ended before."""
        run = subprocess.Popen([self.snakemake, "-c2", "--rerun-incomplete"], cwd=self.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        while run.poll() is None and not list(self.path.glob(pattern)):
            time.sleep(0.02)
        if run.poll() is not None:
            return False
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        return True


def asked_memory(log):
    """{rule: MB that its last job asked for}; Snakemake prints them as jobs start, when the estimates are there."""
    found = re.findall(r"^(?:local)?rule (\w+):\n(?:    .*\n)*?    resources: .*?mem_mb=(\d+)", log, re.MULTILINE)
    return {rule: int(memory) for rule, memory in found}


def check_fresh(fresh):
    asked = asked_memory(fresh.run("-c2"))
    for rule in ("prep", "pca", "fit", "predict", "score", "baselines", "annotate", "report"):
        if not 200 < asked.get(rule, 0) < 2000:  # 2000: no estimate was there
            fail(f"{rule} asks for {asked.get(rule)} MB")
    if asked["score"] == asked["fit"] or asked["annotate"] == asked["fit"]:
        fail("jobs ask for the memory of a fit")
    rows = [line.split("\t") for line in fresh.table().decode().splitlines()]
    methods = [row[2] for row in rows[1:]]
    if methods[:2] != ["uam", "uam"] or not {"previous", "ot-midpoint", "floor"} <= set(methods):
        fail(f"the table has the methods {methods}")
    if {row[0] for row in rows[1:]} != {"2"}:
        fail("the table has other times than 2")
    page = fresh.path / "results" / "report" / "scale-auto.html"
    if "ot-midpoint" not in page.read_text(encoding="utf-8"):
        fail("the report has no scores")
    if "Nothing to be done" not in fresh.run("-c2"):
        fail("the second run does something")
    components, away = fresh.path / "results" / "without-none" / "pca.h5ad", fresh.path / "away.h5ad"
    components.rename(away)
    if "annotate" not in fresh.run("-n", "-R", "annotate"):  # planned from estimates whose file is gone
        fail("components that are gone are not missed")
    away.rename(components)


def check_held_out(fresh):
    """The time held out chose no gene and no component, and is in no fit."""
    made = fresh.path / "results" / "without-2"
    quietly = ["-t", "time", "--no-provenance", "-q"]
    held_out = [*quietly, "--exclude-times", "2"]
    counts, prep, pca = (fresh.path / name for name in ("example/counts.h5ad", "prep.h5ad", "pca.h5ad"))
    subprocess.run(["instar", "prep", counts, "-o", prep, "--hvg", SMALL["hvg"], *held_out], check=True)
    subprocess.run(["instar", "pca", prep, "-o", pca, "-n", SMALL["components"], *held_out], check=True)
    on = []  # the same cells on both, for the workflow's file says where it comes from
    for basis in (pca, made / "pca.h5ad"):
        on.append(fresh.path / f"on{len(on)}.h5ad")
        subprocess.run(["instar", "pca", prep, "-o", on[-1], "--project-only", basis, *quietly], check=True)
    if on[0].read_bytes() != on[1].read_bytes():
        fail("the components are not those without time 2")
    plan = json.loads((made / "scale-auto.plan.json").read_text(encoding="utf-8"))
    if plan["times"] != [0, 1, 3, 4]:
        fail(f"time 2 is held out of a fit of the times {plan['times']}")


def check_shell(fresh):
    environment = {**os.environ, "GENES": SMALL["hvg"], "COMPONENTS": SMALL["components"],
                   "FIT": "--dims 5 --scale global --no-seconds --steps 40 --width 16"}
    subprocess.run(["examples/holdout.sh", "example/counts.h5ad", "time", "shell", "2"], cwd=fresh.path, env=environment,
                   check=True, stderr=subprocess.DEVNULL)
    rows = (line.rsplit("\t", 1)[0] for line in fresh.table().decode().splitlines())
    if "\n".join(rows) + "\n" != (fresh.path / "shell" / "table.tsv").read_text(encoding="utf-8"):
        fail("holdout.sh makes another table")


def check_killed(killed, fresh):
    for _ in range(5):  # on a busy machine a run may be done before we look: again
        caught = killed.kill_when("results/without-2/scale-*/seed-0.*.h5ad")
        if caught and not (killed.path / "results" / "table.tsv").exists():
            break
        killed.run("-c1", "--unlock")
        shutil.rmtree(killed.path / "results")
    else:
        fail("no run could be killed between its first prediction and its table in 5 attempts")
    fit = killed.path / "results" / "without-2" / "scale-auto" / "seed-0.instar"
    made = fit.stat().st_mtime_ns
    killed.run("-c1", "--unlock")
    killed.run("-c2", "--rerun-incomplete")
    if killed.table() != fresh.table():
        fail("the killed run makes another table")
    if fit.stat().st_mtime_ns != made:
        fail("a finished fit is made again")


def check_killed_fit(killed):
    """A fit that is killed goes on from its checkpoint, to the bytes of one that was not, and so does its log."""
    calls = killed.path / "calls"
    made = killed.path / "results" / "without-2" / "scale-auto"
    model = "results/without-2/scale-auto/seed-0.instar"
    spy = killed.path / "spy"
    # Stops the fit once it has a checkpoint, so that it is under way when the run is killed.
    spy.write_text(f"""#!/bin/sh
echo "$*" >> {calls}
case "$*" in *"-o {model} "*)
  if [ ! -e {killed.path}/stopped ]; then
    : > {killed.path}/stopped
    instar "$@" &
    until [ -s {made}/seed-0.unfinished ]; do sleep 0.01; done
    kill -STOP $!
    wait $!
  fi ;;
esac
exec instar "$@"
""", encoding="utf-8")
    spy.chmod(0o755)
    with (killed.path / "config.yaml").open("a", encoding="utf-8") as config:
        config.write(f"instar: {spy}\n")
    if not killed.kill_when("results/without-2/scale-auto/seed-0.unfinished") or (killed.path / model).exists():
        fail("the fit was over before it was killed")
    killed.run("-c1", "--unlock")
    killed.run("-c2", "--rerun-incomplete", model)
    fits = [line for line in calls.read_text(encoding="utf-8").splitlines() if line.startswith("fit ") and f"-o {model}" in line]
    if len(fits) < 2 or "--resume" not in fits[-1]:
        fail(f"the killed fit starts anew: {fits}")
    flags = fits[0].split()[3:]
    if fits[0].count("--checkpoint-every 250") != 1:
        fail(f"checkpoint_every is not given to the fit: {fits[0]}")
    for name in ("--log", "--checkpoint", "--checkpoint-every"):
        del flags[flags.index(name):flags.index(name) + 2]
    subprocess.run(["instar", *fits[0].split()[:2], "-o", killed.path / "direct.instar", *flags[1:], "-q"], cwd=killed.path, check=True)
    if (killed.path / "direct.instar").read_bytes() != (killed.path / model).read_bytes():
        fail("a fit that went on is another")
    steps = [json.loads(line)["step"] for line in (made / "seed-0.jsonl").read_text(encoding="utf-8").splitlines()]
    if steps != list(range(20000)):
        fail(f"the log of a fit that went on has {len(steps)} steps, the first {steps[:3]}")
    if list(made.glob("*unfinished*")):
        fail("a finished fit leaves its checkpoint")

    (made / "seed-0.instar").unlink()
    (made / "seed-0.unfinished").write_bytes(b"of another run")
    killed.run("-c2", model)
    if not (killed.path / model).exists():
        fail("a checkpoint of another run stops a fit")


def check_basis(folder):
    log = folder.run("--profile", "profiles/laptop")
    if re.search(r"^(local)?rule (prep|pca):", log, re.MULTILINE) or list(folder.path.glob("results/without-*/*.h5ad")):
        fail("components are made although there is a basis")
    if b"\tuam\t" not in folder.table():
        fail("the table of a basis has no fits")


def check_errors(tools, snakemake, programs, update=()):
    """By the runner of the golden cases of the command line, which knows the programs of one folder."""
    programs.mkdir()
    for program in [*Path(tools).resolve().iterdir(), Path(snakemake)]:
        (programs / program.name).symlink_to(program)
    runner = HERE.parent / "cli" / "run.py"
    if subprocess.run([sys.executable, runner, "--bin", programs, *update, HERE / "errors.cases"]).returncode != 0:
        fail("messages are others")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--snakemake", default="snakemake")
    parser.add_argument("--update", action="store_true", help="only rewrite errors.cases")
    arguments = parser.parse_args()
    os.environ["PATH"] = os.path.abspath(arguments.bin) + ":" + os.environ["PATH"]
    snakemake = shutil.which(arguments.snakemake)
    if snakemake is None:
        print("skipped: no snakemake in PATH (scripts/setup.sh slow)")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="instar-workflow-") as work:
        work = Path(work)
        if arguments.update:
            return check_errors(arguments.bin, snakemake, work / "programs", ["--update"])
        fresh = Folder(work / "fresh", snakemake)
        check_fresh(fresh)
        check_held_out(fresh)
        check_shell(fresh)
        check_killed(Folder(work / "killed", snakemake), fresh)
        check_killed_fit(Folder(work / "killed-fit", snakemake, fit_flags='"--steps 20000 --width 16"', checkpoint_every="250"))
        check_basis(Folder(work / "basis", snakemake, input="../fresh/results/without-none/pca.h5ad", basis="X_pca", color="[]"))
        check_errors(arguments.bin, snakemake, work / "programs")


if __name__ == "__main__":
    main()
