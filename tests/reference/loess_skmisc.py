"""Records fits of scikit-misc's loess at its defaults, for the unit tests of math.

    venv/bin/pip install scikit-misc==0.5.3 numpy==2.4.6
    venv/bin/python tests/reference/loess_skmisc.py

Writes loess_skmisc.tsv beside itself: case, x, y, fitted value with degree 2 and span 0.3. Cases: x all different; many
the same (rounded); few.
"""
import pathlib

import numpy as np
from skmisc.loess import loess

rng = np.random.default_rng(11)
with open(pathlib.Path(__file__).parent / "loess_skmisc.tsv", "w") as out:
    print("case", "x", "y", "fitted", sep="\t", file=out)
    for case, (n, digits) in enumerate([(300, 12), (500, 1), (40, 12)]):
        x = np.round(rng.gamma(1.5, 2, n), digits)
        y = np.sin(x) + rng.normal(0, 0.1, n)
        model = loess(x, y, span=0.3, degree=2)
        model.fit()
        for row in zip(x, y, model.outputs.fitted_values):
            print(case, *(f"{value:.17g}" for value in row), sep="\t", file=out)
