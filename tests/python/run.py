#!/usr/bin/env python3
"""Opens the files that the tools write with other people's packages, in a virtual environment of its own.

    run.py --bin DIR --requirements tests/python/anndata-X.txt --work DIR --check NAME [--python-minimum 3.11]

Runs the commands of NAME.commands in --work/files-NAME, then check_NAME.py there. The environment is made in --work
once and kept. Exit 77 (skipped) where it cannot be made: no Python new enough, no venv module, or no package index
within reach.
"""

import argparse
import fcntl
import os
import subprocess
import sys
from pathlib import Path

SKIPPED = 77


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def find_python(minimum):
    """The first interpreter on this machine that is new enough and can make environments."""
    names = ["python3", *(f"python3.{minor}" for minor in range(11, 16))]
    names += sorted(str(p) for p in Path.home().glob(".pyenv/versions/3.*/bin/python3"))
    probe = f"import sys, venv, ensurepip; sys.exit(sys.version_info < {minimum})"
    for name in names:
        try:
            if subprocess.run([name, "-c", probe], capture_output=True).returncode == 0:
                return name
        except OSError:
            pass
    skip(f"no Python {'.'.join(map(str, minimum))} or later with the venv module")


def environment(arguments):
    """The virtual environment's interpreter; made where it is not there or its requirements changed. Tests that run at the
    same time share it: one makes it, the others wait."""
    Path(arguments.work).mkdir(parents=True, exist_ok=True)
    with open(Path(arguments.work) / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return made_environment(arguments)


def made_environment(arguments):
    requirements = Path(arguments.requirements).read_text(encoding="utf-8")
    folder = Path(arguments.work) / "venv"
    stamp, python = folder / "requirements.txt", folder / "bin" / "python"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == requirements:
        return python
    minimum = tuple(int(part) for part in arguments.python_minimum.split("."))
    subprocess.run([find_python(minimum), "-m", "venv", "--clear", folder], check=True)
    # Modules are compiled when they are first imported: most never are.
    done = subprocess.run([python, "-m", "pip", "install", "-q", "--no-compile", "--disable-pip-version-check",
                           "--retries", "1", "--timeout", "15", "-r", arguments.requirements], capture_output=True, text=True)
    if done.returncode != 0:
        skip("the packages could not be installed: " + (done.stderr.strip().splitlines() or ["no message"])[-1])
    stamp.write_text(requirements, encoding="utf-8")
    return python


def common_parser(description, python_minimum="3.11"):
    """What every script takes that needs an environment of its own."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--bin", required=True, help="folder of the tools")
    parser.add_argument("--requirements", required=True, help="packages of the environment")
    parser.add_argument("--work", required=True, help="folder for the environment and what the tools make")
    parser.add_argument("--python-minimum", default=python_minimum)
    return parser


def made_files(arguments, pipeline, folder="files"):
    """The folder in which the commands of a pipeline were run, one after another."""
    files = Path(arguments.work) / folder
    files.mkdir(parents=True, exist_ok=True)
    tools = {**os.environ, "PATH": f"{os.path.abspath(arguments.bin)}:{os.environ['PATH']}"}
    for command in pipeline:
        if subprocess.run(command.split(), cwd=files, env=tools).returncode != 0:
            sys.exit(f"failed: {command}")
    return files


def main():
    parser = common_parser("opens the tools' outputs with other people's packages")
    parser.add_argument("--check", required=True)
    arguments = parser.parse_args()
    python = environment(arguments).absolute()
    here = Path(__file__).resolve().parent
    commands = (here / f"{arguments.check}.commands").read_text(encoding="utf-8").splitlines()
    files = made_files(arguments, commands, f"files-{arguments.check}")
    sys.exit(subprocess.run([python, here / f"check_{arguments.check}.py", files]).returncode)


if __name__ == "__main__":
    main()
