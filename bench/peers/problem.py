"""The problem that bench_training writes, and the loop in which a peer answers the lines of bench/training.py."""

import sys

import numpy as np


class Problem:
    """One interval: cells x at its begin and y at its end, pairs (i, j) with their masses p, q."""

    def __init__(self, path):
        numbers = np.fromfile(path, dtype="<f8")
        d, n, m, pairs = numbers[:4].astype(int)
        self.lam, self.delta, self.dt, self.time_scale, self.mass0, self.mass1, self.rate, self.ema = (float(number) for number in numbers[4:12])
        x, y, couples = np.split(numbers[12:], [n * d, (n + m) * d])
        couples = couples.reshape(pairs, 4)
        # A cell without a partner stays where it is while it fades or appears: its partner is itself.
        self.cells = np.concatenate([x.reshape(n, d), y.reshape(m, d)]).astype(np.float32)
        source, target = couples[:, 0].astype(int), couples[:, 1].astype(int)
        self.source = np.where(source >= 0, source, n + target).astype(np.int32)
        self.target = np.where(target >= 0, n + target, source).astype(np.int32)
        self.p, self.q = couples[:, 2].astype(np.float32), couples[:, 3].astype(np.float32)
        self.d, self.n, self.m = int(d), int(n), int(m)
        weight = (couples[:, 2] + couples[:, 3]) / 2
        self.total = float(weight.sum())
        self.accept, self.alias = alias_table(weight)


def alias_table(weight):
    """Walker's: pair i is kept with probability accept[i], else alias[i] is taken. Drawing costs two look-ups."""
    count = len(weight)
    scaled = weight * (count / weight.sum())
    accept, alias = np.ones(count), np.arange(count)
    small, large = list(np.flatnonzero(scaled < 1)), list(np.flatnonzero(scaled >= 1))
    while small and large:
        low, high = small.pop(), large[-1]
        accept[low], alias[low] = scaled[low], high
        scaled[high] -= 1 - scaled[low]
        if scaled[high] < 1:
            small.append(large.pop())
    return accept.astype(np.float32), alias.astype(np.int32)


def initial(shape_in, width, depth, seed=0):
    """Weights normal over the root of their inputs, biases zero: [(w [in, out], b [out])]."""
    rng = np.random.default_rng(seed)
    sizes = [shape_in] + [width] * depth + [1]
    return [((rng.standard_normal((a, b)) / np.sqrt(a)).astype(np.float32), np.zeros(b, np.float32)) for a, b in zip(sizes, sizes[1:])]


def serve(run, name):
    """run(n) -> (seconds of one, loss). Says its name once it is warm."""
    run(2)
    print(name, flush=True)
    for line in sys.stdin:
        seconds, loss = run(int(line.split()[1]))
        print(f"{seconds:.9g} {loss:.9g}", flush=True)
