#!/usr/bin/env python3
"""The physics test of Action Matching (docs/hydrogen.md): fit a hydrogen atom in two states at once from its snapshots.

    hydrogen.py --bin DIR [--cells N] [--seed S] [--keep DIR] [any flag of instar fit instead of the recipe's]

Prints the mean over ten times of |MMD^2| (kernel 3 exp(-0.01579 |x-x'|^2), unbiased) between predicted and true cells,
and correlations of velocities on the true cells of those times, the fastest 5 % left out. The true velocity circulates
around its node, so no gradient equals it; what a fit can find is the one gradient that carries the density, here
computed by finite volumes. Needs numpy, scipy and h5py.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np
import scipy.sparse as sparse
from scipy.interpolate import RegularGridInterpolator
from scipy.sparse.linalg import cg

RECIPE = ("--width 128 --batch 4096 --steps 5000 --learning-rate 2e-3 --warmup 200 --ema 0.999 --clip 1 "
          "--time-scale 6").split()
SPAN = 88.656
TIMES = [SPAN * k / 10 for k in range(1, 11)]
TURN = 1 / 8 - 1 / 18  # the density turns about the z axis by -TURN radians a unit of time


def waves(r, z, angle):
    """Both states at time 0 without their common factor z, in cylindrical coordinates."""
    radius = np.sqrt(r * r + z * z)
    upper = r * np.exp(-radius / 3) * np.exp(-1j * angle) / (81 * np.sqrt(np.pi))
    lower = np.exp(-radius / 2) / (4 * np.sqrt(2 * np.pi)) + 0j
    return radius, upper, lower


def density(r, z, angle):
    _, upper, lower = waves(r, z, angle)
    return np.abs(z * (upper + lower)) ** 2 / 2


def velocity(r, z, angle):
    """Components along r, z and the angle."""
    radius, upper, lower = waves(r, z, angle)
    both = upper + lower
    along_r = (upper / r - upper * r / (3 * radius) - lower * r / (2 * radius)) / both
    along_z = -(upper / 3 + lower / 2) * z / radius / both
    return along_r.imag, along_z.imag, (-1j * upper / both).imag / r


def gradient_part(n=64, reach=36.0):
    """The gradient that carries the density, at time 0 for z > 0: div(rho grad s) = div(rho v), by finite volumes on a
    cylindrical grid, finer towards the middle. -> function of (r, |z|, angle), components along r, z and the angle"""
    edges = np.linspace(0, 1, n + 1) ** 1.3 * reach
    width, centre = np.diff(edges), (edges[1:] + edges[:-1]) / 2
    step = 2 * np.pi / n
    angle, angle_edge = (np.arange(n) + 0.5) * step, (np.arange(n) + 1) * step
    r, z, f = centre[:, None, None], centre[None, :, None], angle[None, None, :]
    wr, wz = width[:, None, None], width[None, :, None]
    number = np.arange(n ** 3).reshape(n, n, n)
    inner = edges[1:-1]
    faces = [  # cells on either side, position, distance of the cells, area
        (number[:-1], number[1:], (inner[:, None, None], z, f), np.diff(centre)[:, None, None], inner[:, None, None] * wz * step),
        (number[:, :-1], number[:, 1:], (r, inner[None, :, None], f), np.diff(centre)[None, :, None], r * wr * step),
        (number, np.roll(number, -1, axis=2), (r, z, angle_edge[None, None, :]), r * step, wr * wz),
    ]
    divergence = np.zeros(n ** 3)
    rows, columns, weights = [], [], []
    for axis, (before, after, place, distance, area) in enumerate(faces):
        rho = density(*place)
        flux = (rho * velocity(*place)[axis] * area).ravel()
        np.add.at(divergence, before.ravel(), flux)
        np.add.at(divergence, after.ravel(), -flux)
        rows.append(before.ravel())
        columns.append(after.ravel())
        weights.append(np.broadcast_to(rho * area / distance, before.shape).ravel())
    graph = sparse.coo_matrix((np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))), (n ** 3, n ** 3))
    graph = (graph + graph.T).tocsr()
    diagonal = np.asarray(graph.sum(axis=1)).ravel()
    matrix = sparse.diags(diagonal * (1 + 1e-9)) - graph
    solution, failed = cg(matrix, -divergence, rtol=1e-7, maxiter=20000, M=sparse.diags(1 / np.maximum(diagonal, 1e-300)))
    if failed:
        sys.exit("the gradient part did not converge")
    s = solution.reshape(n, n, n)
    turning = (np.roll(s, -1, axis=2) - np.roll(s, 1, axis=2)) / (2 * step) / r
    field = np.stack([np.gradient(s, centre, axis=0), np.gradient(s, centre, axis=1), turning], axis=-1)
    field = np.concatenate([field[:, :, -1:], field, field[:, :, :1]], axis=2)
    around = np.concatenate([[angle[-1] - 2 * np.pi], angle, [angle[0] + 2 * np.pi]])
    return RegularGridInterpolator((centre, centre, around), field), centre[0], centre[-1]


def gradient_at(x, t):
    """The gradient part at points x [n, 3] and times t [n]."""
    field, low, high = gradient_part()
    angle = np.arctan2(x[:, 1], x[:, 0])
    at_zero = np.mod(angle + TURN * t, 2 * np.pi)
    r, z = np.hypot(x[:, 0], x[:, 1]), np.abs(x[:, 2])
    along = field(np.stack([np.clip(r, low, high), np.clip(z, low, high), at_zero], axis=1))
    return np.stack([along[:, 0] * np.cos(angle) - along[:, 2] * np.sin(angle),
                     along[:, 0] * np.sin(angle) + along[:, 2] * np.cos(angle), along[:, 1] * np.sign(x[:, 2])], axis=1)


def main():
    parser = argparse.ArgumentParser(description="hydrogen: marginals and velocity of a fit to dense snapshots")
    parser.add_argument("--bin", required=True, help="folder with the built tools")
    parser.add_argument("--cells", type=int, default=2020000, help="cells to fit, at 101 times (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the cells; the truth has the next (%(default)s)")
    parser.add_argument("--keep", help="folder for the files (else a temporary one)")
    arguments, flags = parser.parse_known_args()
    folder = arguments.keep or tempfile.mkdtemp(prefix="instar-hydrogen-")
    os.makedirs(folder, exist_ok=True)
    environment = {**os.environ, "PATH": f"{os.path.abspath(arguments.bin)}:{os.environ['PATH']}"}

    def run(command):
        print("$ instar " + " ".join(command), flush=True)
        return subprocess.run(["instar", *command], cwd=folder, env=environment, check=True, stdout=subprocess.PIPE).stdout

    listed = ",".join(f"{t:.6g}" for t in TIMES)
    run(["simulate", "hydrogen", "-o", "cells.h5ad", "--cells", str(arguments.cells), "-s", str(arguments.seed), "-q"])
    run(["simulate", "hydrogen", "-o", "truth.h5ad", "--times", listed, "--cells", "50000", "-s", str(arguments.seed + 1), "-q"])
    started = time.monotonic()
    run(["fit", "cells.h5ad", "-o", "model.instar", "-t", "time", "--method", "am", "--path", "snapshots", *(flags or RECIPE)])
    seconds = time.monotonic() - started
    run(["predict", "model.instar", "cells.h5ad", "-o", "pred.h5ad", "--from", "first", "--times", listed, "--cells", "5000", "-q"])
    scores = json.loads(run(["score", "pred.h5ad", "truth.h5ad", "--metrics", "mmd", "--mmd-gamma", "0.01579", "--json"]))
    run(["annotate", "model.instar", "truth.h5ad", "-o", "annotated.h5ad", "-q"])

    with h5py.File(os.path.join(folder, "annotated.h5ad")) as file:
        x, times = file["obsm/X_pca"][:], file["obs/time"][:]
        true, learned = file["obsm/velocity_true"][:], file["obsm/velocity_pca"][:]
    gradient = gradient_at(x, times)
    speed = np.linalg.norm(true, axis=1)
    slow = speed <= np.quantile(speed, 0.95)

    def correlation(a, b):
        return np.corrcoef(a[slow].ravel(), b[slow].ravel())[0, 1]

    print(f"cells {arguments.cells}, fit {seconds:.0f} s")
    print(f"mean |MMD^2|                                 {np.mean([abs(3 * score['mmd']) for score in scores]):.2e}")
    print(f"correlation, learned with true               {correlation(learned, true):.4f}")
    print(f"correlation, gradient part with true         {correlation(gradient, true):.4f}")
    print(f"correlation, learned with gradient part      {correlation(learned, gradient):.4f}")


if __name__ == "__main__":
    main()
