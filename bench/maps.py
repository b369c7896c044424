#!/usr/bin/env python3
"""Transport maps of real cells beside WOT's and moscot's: the table in docs/maps.md.

    maps.py --bin build/release/bin --data ../shared/data/eb_pca20.h5ad --work build/release/python/peers [--cells 800]

Takes so many cells of each time at random, in the first --dims dimensions of X_pca, couples each two neighbouring times and
runs tests/python/check_maps.py on what came out, in the environment of tests/python/peers.txt, which is made in --work.
Exit 77 (skipped) where the data are not there, or the environment cannot be made.
"""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "python"))
from run import environment, made_files, skip  # noqa: E402

SAMPLE = """
import sys, anndata, numpy
data, cells, dims = anndata.read_h5ad(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
time = data.obs["time"].astype(float).to_numpy()
draw = numpy.random.default_rng(0)
kept = [row for t in numpy.unique(time) for row in sorted(draw.choice(numpy.flatnonzero(time == t), min(cells, (time == t).sum()), replace=False))]
coordinates = data.obsm["X_pca"][kept, :dims]  # as X too: moscot refuses a file without genes
anndata.AnnData(coordinates, obs={"time": time[kept]}, obsm={"X_pca": coordinates}).write_h5ad(sys.argv[4])
"""


def commands(growth_scale):
    couple = "instar-couplings pca.h5ad -t time --prefix tmaps -q -o"
    same = "--scale none --coupling-blur .05 --partners 0"
    return [f"{couple} balanced {same} --path ot", f"{couple} unbalanced {same} --growth-scale {growth_scale}",
            f"{couple} defaults"]


def main():
    parser = argparse.ArgumentParser(description="compares transport maps of real cells with WOT's and moscot's")
    parser.add_argument("--bin", required=True, help="folder of the tools")
    parser.add_argument("--work", required=True, help="folder for the environment and what is made")
    parser.add_argument("--data", required=True, help="h5ad file with obs[time] and obsm[X_pca]")
    parser.add_argument("--cells", type=int, default=800, help="of each time, if it has so many")
    parser.add_argument("--dims", type=int, default=5)
    parser.add_argument("--growth-scale", type=float, default=5)
    parser.set_defaults(requirements=ROOT / "tests" / "python" / "peers.txt", python_minimum="3.11")
    arguments = parser.parse_args()
    if not Path(arguments.data).is_file():
        skip(f"no {arguments.data}")
    python = environment(arguments).absolute()
    folder = f"maps-{Path(arguments.data).stem}-{arguments.growth_scale:g}"
    files = made_files(arguments, [], folder)
    subprocess.run([python, "-c", SAMPLE, arguments.data, str(arguments.cells), str(arguments.dims), files / "pca.h5ad"],
                   check=True)
    made_files(arguments, commands(arguments.growth_scale), folder)
    check = [python, ROOT / "tests" / "python" / "check_maps.py", files, "--growth-scale", str(arguments.growth_scale)]
    sys.exit(subprocess.run(check).returncode)


if __name__ == "__main__":
    main()
