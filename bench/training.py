#!/usr/bin/env python3
"""Training steps and integration beside JAX and PyTorch, in turns, in one run.

    training.py --bench build/release/bin/bench_training --python VENV/bin/python [--only PART] [--rounds R]

VENV holds bench/peers/requirements.txt. Every side is one process that is warm before the first round; in each round
they work one after the other, so that a busy minute meets all of them. Whole steps on every side: pairs, times and
geodesics drawn, objective and gradient, Adam, moving average; JAX runs its loop on the device. Prints the median over
the rounds of milliseconds a step (seconds an integration), the median of the rounds' ratios of the best peer to
instar, and the share of sgemm's rate that a step's six products a layer reach, sgemm being measured in every round.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile

SHAPES = [(5, 64, 256), (5, 256, 256), (50, 512, 512)]
PEERS = {"jax fori": ("jax_peer.py", "fori"), "jax scan": ("jax_peer.py", "scan"), "torch eager": ("torch_peer.py", "eager"), "torch compiled": ("torch_peer.py", "compile")}


class Side:
    """A process that answers `run N` with seconds and loss."""

    def __init__(self, command, verbose):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None if verbose else subprocess.DEVNULL, text=True)
        self.name = self.process.stdout.readline().strip()

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return [float(word) for word in self.process.stdout.readline().split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def flops(dims, width, batch, objective):
    """Multiplications and additions of a step's products: six a hidden layer, five of the input layer; a boundary row
    of the action needs the value alone, three and two."""
    layer, layer_in = 2 * width * width * 2, 2 * width * (dims + 1)
    boundary = 2 * batch if objective == "action" else 0
    return batch * (6 * layer + 5 * layer_in) + boundary * (3 * layer + 2 * layer_in)


def compare(shape, objective, options, folder):
    dims, width, batch = shape
    numbers = [str(n) for n in shape] + [objective, os.path.join(folder, f"{objective}-{width}")]
    ours = Side([options.bench] + numbers, options.verbose)
    peers = {}
    for label, (script, mode) in PEERS.items():
        if options.peers and label not in options.peers.split(","):
            continue
        if objective == "integrate" and mode in ("scan", "compile"):
            continue
        side = Side([options.python, os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers", script)] + numbers + [mode], options.verbose)
        if side.name:
            peers[label] = side
        else:
            print(f"{label} does not run here", file=sys.stderr)
    training = objective != "integrate"
    count = options.steps or (max(50, int(2e9 / (width * width * batch)) // 50 * 50) if training else 1)
    times, losses, rates = {"instar": []}, {}, []
    times.update({label: [] for label in peers})
    for _ in range(options.rounds):
        for label, side in [("instar", ours), *peers.items()]:
            seconds, losses[label] = side.ask(f"run {count}")
            times[label].append(seconds)
        rates.append(ours.ask("sgemm")[0])
    for side in [ours, *peers.values()]:
        side.close()
    scale, unit = (1e3, "ms") if training else (1, "s")
    what = f"{objective:11} d {dims:2} 3x{width:<3} batch {batch}" if training else f"integrate   d {dims:2} 3x{width:<3} 20000 cells, 50 rk4 steps"
    row = [f"{label} {scale * statistics.median(values):.3f} {unit}" for label, values in times.items()]
    ratio = ""
    if peers:
        best = min(peers, key=lambda label: statistics.median(times[label]))
        ratio = f"; ratio to {best} {statistics.median(b / a for a, b in zip(times['instar'], times[best])):.2f}"
    share = ""
    if training:
        rate = [1e-9 * flops(dims, width, batch, objective) / seconds for seconds in times["instar"]]
        share = f"; {statistics.median(rate):.0f} GFLOP/s, {100 * statistics.median(a / b for a, b in zip(rate, rates)):.0f} % of sgemm's {statistics.median(rates):.0f}"
    print(f"{what}: {', '.join(row)}{ratio}{share}", flush=True)
    if options.verbose:
        print("  " + "; ".join(f"{label} {side.name}, loss or mass {losses[label]:.4f}" for label, side in [("instar", ours), *peers.items()]), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--only", choices=["conditional", "action", "integrate"])
    parser.add_argument("--width", type=int, help="only the shape of this width")
    parser.add_argument("--peers", help="of: " + ", ".join(PEERS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, help="steps (or integrations) in a round")
    parser.add_argument("-v", "--verbose", action="store_true", help="versions, losses, and what the peers say")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="instar-bench-") as folder:
        for objective in ("conditional", "action", "integrate"):
            if options.only not in (None, objective):
                continue
            for shape in SHAPES if objective != "integrate" else [(5, 256, 512)]:
                if options.width in (None, shape[1]):
                    compare(shape, objective, options, folder)


if __name__ == "__main__":
    main()
