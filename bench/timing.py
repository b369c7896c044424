"""What the side-by-side runners share: one program run and measured, several in turns."""

import os
import statistics
import subprocess
import sys
import time
from typing import NamedTuple


class Run(NamedTuple):
    wall: float  # seconds
    processor: float  # seconds, user and system
    peak: float  # MB resident
    text: str  # standard output


def measure(command):
    """-> the Run of one process from start to end; ends the program where it fails."""
    started = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    text = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return Run(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


def in_turns(sides, rounds):
    """`sides` are names and their commands. -> for every name its Runs; each round runs every side once, in order."""
    runs = {name: [] for name in sides}
    for _ in range(rounds):
        for name, command in sides.items():
            runs[name].append(measure(command))
    return runs


def medians(runs):
    """-> (wall, processor, peak) of several Runs."""
    return tuple(statistics.median(column) for column in zip(*(run[:3] for run in runs)))
