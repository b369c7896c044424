"""Files that a reader must refuse.

    for label, tools, path in make_all(folder): ...     `tools`: those of info, prep and pca that have to refuse
    it. The others may copy what they do not read as it is: a layer, obsp, columns
"""
import os
import shutil
from pathlib import Path

import h5py

# Each module notes its damages in VARIANTS when it is imported.
import containers  # noqa: F401
import filters  # noqa: F401
import frames  # noqa: F401
import layouts  # noqa: F401
import links  # noqa: F401
import matrices  # noqa: F401
import names  # noqa: F401
import sizes  # noqa: F401
import structures  # noqa: F401
import whole_file  # noqa: F401
from sound_file import ALL, VARIANTS, make_base  # noqa: F401


def make_all(folder):
    folder = Path(folder)
    base = folder / "base.h5ad"
    make_base(base)
    for number, (label, tools, on, damage) in enumerate(VARIANTS):
        path = folder / f"hostile{number:03}.h5ad"
        shutil.copyfile(base, path)
        if on == "h5":
            with h5py.File(path, "r+") as f:
                damage(f)
        elif on == "bytes":
            path.write_bytes(damage(path.read_bytes()))
        else:
            damage(path)
        yield label, tools, path
        if path.is_file():
            os.unlink(path)
