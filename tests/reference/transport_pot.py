"""Records values of POT (exact optimal transport) for tests/unit/math/metrics_test.cpp.

    python -m venv venv && venv/bin/pip install POT==0.9.7.post1 numpy==2.4.6
    venv/bin/python tests/reference/transport_pot.py > tests/reference/transport_pot.tsv

The clouds are made of a formula, so that the test makes the same ones without reading them.
"""
import numpy as np
import ot


def cloud(n, d, shift, scale):
    """Points and weights that look random but are the fractional parts of multiples of square roots."""
    i = np.arange(1, n + 1)[:, None]
    roots = np.sqrt(np.array([2, 3, 5, 7, 11, 13])[:d])[None, :]
    points = scale * np.mod(i * roots, 1.0) ** 2 + shift
    weights = 0.25 + np.mod(np.arange(1, n + 1) * np.sqrt(17.0), 1.0)
    return points, weights


def mmd(x, a, y, b):
    total = 0
    for gamma in (2, 1, 0.5, 0.1, 0.01, 0.005):
        def kernel(p, q):
            return np.exp(-gamma * ot.dist(p, q, "sqeuclidean"))
        total += a @ kernel(x, x) @ a + b @ kernel(y, y) @ b - 2 * a @ kernel(x, y) @ b
    return total / 6


def energy(x, a, y, b):
    def mean(p, u, q, v):
        return u @ ot.dist(p, q, "euclidean") @ v
    return 2 * mean(x, a, y, b) - mean(x, a, x, a) - mean(y, b, y, b)


print("n", "m", "d", "weighted", "w1", "w2", "mmd", "energy", sep="\t")
for n, m, d, weighted in [(7, 5, 1, 1), (40, 60, 2, 1), (300, 300, 2, 0), (500, 700, 5, 1), (900, 400, 6, 0), (1500, 1300, 3, 1)]:
    x, a = cloud(n, d, 0.0, 3.0)
    y, b = cloud(m, d, 0.4, 2.5)
    if not weighted:
        a, b = np.ones(n), np.ones(m)
    a, b = a / a.sum(), b / b.sum()
    w1 = ot.emd2(a, b, ot.dist(x, y, "euclidean"), numItermax=10_000_000)
    w2 = np.sqrt(ot.emd2(a, b, ot.dist(x, y, "sqeuclidean"), numItermax=10_000_000))
    print(n, m, d, weighted, *(f"{v:.15g}" for v in (w1, w2, mmd(x, a, y, b), energy(x, a, y, b))), sep="\t")
