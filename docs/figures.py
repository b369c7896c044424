#!/usr/bin/env python3
"""Draws the figures of docs/ from what the commands of their pages made (tests/docs/run.py --keep FOLDER, see
generation.md): figures.py FOLDER docs/figures. Needs numpy, h5py and matplotlib."""

import sys
from pathlib import Path

import h5py
import matplotlib
import numpy as np

matplotlib.use("agg")
import matplotlib.pyplot as plt

plt.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#999999"


class Cells:
    def __init__(self, path):
        with h5py.File(path) as file:
            self.obs = {key: file["obs"][key][:] for key in file["obs"] if isinstance(file["obs"][key], h5py.Dataset)}
            self.obsm = {key: file["obsm"][key][:] for key in file["obsm"]}
        self.x, self.time = self.obsm["X_pca"], self.obs["time"]


def panels(titles):
    figure, axes = plt.subplots(1, len(titles), figsize=(3.4 * len(titles), 3.1), layout="constrained")
    for axis, title in zip(axes, titles):
        axis.set_title(title, fontsize=9)
    return figure, axes


def against(axis, true, learned, color, unit):
    low, high = min(true.min(), learned.min()), max(true.max(), learned.max())
    axis.plot([low, high], [low, high], color=GREY, lw=1)
    axis.scatter(true, learned, s=3, color=color, lw=0)
    axis.set(xlabel=f"true {unit}", ylabel=f"learned {unit}")
    axis.text(0.05, 0.92, f"correlation {np.corrcoef(true, learned)[0, 1]:.2f}", transform=axis.transAxes)


def am(folder):
    cells = Cells(folder / "am.h5ad")
    figure, (left, right) = panels(["learned velocity (blue), true (grey)", "first component of the velocity"])
    some = np.arange(0, len(cells.time), 20)
    for key, color, width in (("velocity_true", GREY, 0.008), ("velocity_pca", BLUE, 0.004)):
        left.quiver(*cells.x[some].T, *cells.obsm[key][some].T, color=color, angles="xy", width=width, scale=30)
    left.set(xlabel="x1", ylabel="x2")
    some = np.arange(0, len(cells.time), 4)
    against(right, cells.obsm["velocity_true"][some, 0], cells.obsm["velocity_pca"][some, 0], BLUE, "velocity")
    return figure


def uam(folder):
    cells = Cells(folder / "uam.h5ad")
    figure, (left, right) = panels(["learned growth rate", "growth rate, cell by cell"])
    some = np.arange(0, len(cells.time), 3)
    dots = left.scatter(*cells.x[some, :2].T, c=cells.obs["growth_rate"][some], s=4, cmap="viridis", lw=0)
    left.set(xlabel="x1", ylabel="x2")
    figure.colorbar(dots, ax=left)
    against(right, cells.obs["growth_true"][some], cells.obs["growth_rate"][some], BLUE, "growth rate")
    return figure


def eam(folder):
    figure, axes = panels(["eam: drift among noise", "am: no noise"])
    for axis, name, color in zip(axes, ("eam", "straight"), (ORANGE, BLUE)):
        cells = Cells(folder / f"{name}.h5ad")
        origins = np.unique(cells.obs["origin"])
        for origin in origins[:: len(origins) // 25]:
            rows = cells.obs["origin"] == origin
            axis.plot(cells.time[rows], cells.x[rows, 0], color=color, lw=0.6, alpha=0.7)
        axis.set(xlabel="time", ylabel="x1", ylim=(-3, 6))
    return figure


def ueam(folder):
    figure, axes = panels(["ueam", "uam on the same cells"])
    for axis, name, color in zip(axes, ("ueam", "plain"), (ORANGE, BLUE)):
        cells = Cells(folder / f"{name}.h5ad")
        some = np.arange(0, len(cells.time), 3)
        against(axis, cells.obsm["velocity_true"][some].ravel(), cells.obsm["velocity_pca"][some].ravel(), color, "drift")
    return figure


def generation(folder):
    made, new = Cells(folder / "made.h5ad"), Cells(folder / "new.h5ad")
    figure, axes = panels(["noise", "paths", "generated", "data, not seen"])
    begin, end = made.time == 0, made.time == 1
    for axis, points, color in ((axes[0], made.x[begin], GREY), (axes[2], made.x[end], BLUE), (axes[3], new.x[new.time == 1], ORANGE)):
        axis.scatter(*points[::2].T, s=2, color=color, lw=0)
    for origin in np.unique(made.obs["origin"])[::40]:
        axes[1].plot(*made.x[made.obs["origin"] == origin].T, color=BLUE, lw=0.6)
    for axis in axes:
        axis.set(xlim=(-3.2, 3.2), ylim=(-3.2, 3.2), aspect="equal", xticks=[], yticks=[])
    return figure


def main():
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(exist_ok=True)
    for draw in (am, uam, eam, ueam, generation):
        figure = draw(folder)
        figure.savefig(out / f"{draw.__name__}.png", dpi=100)
        plt.close(figure)


if __name__ == "__main__":
    main()
