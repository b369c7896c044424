"""The commands that are put to the test, and what must hold whatever befalls them."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SEED = "-@ 2 --no-provenance -q"
FIXTURE = [
    "instar-simulate bifurcation -o counts.h5ad --cells 120 --genes 60 --no-provenance -q",
    f"instar-prep counts.h5ad -o prep.h5ad --hvg 40 {SEED}",
    "instar-pca prep.h5ad -o cells.h5ad -n 4 -t time --exclude-times 2 -@ 2 -q",
    f"instar-fit cells.h5ad -o model.instar -t time --steps 20 --width 8 {SEED}",
    f"instar-predict model.instar cells.h5ad --from previous --times 2 -o pred.h5ad {SEED}",
]
# What writes h5ad, a model, a table; OUT stands for the output.
COMMANDS = {
    "simulate": "instar-simulate bifurcation -o OUT.h5ad --cells 120 --genes 60 --no-provenance -q",
    "prep": f"instar-prep counts.h5ad -o OUT.h5ad --hvg 40 {SEED}",
    "pca": f"instar-pca prep.h5ad -o OUT.h5ad -n 4 {SEED}",
    "fit": f"instar-fit cells.h5ad -o OUT.instar -t time --steps 20 --width 8 {SEED}",
    "predict": f"instar-predict model.instar cells.h5ad --from previous --times 2 -o OUT.h5ad {SEED}",
    "predict table": f"instar-predict model.instar cells.h5ad --from previous --times 2 -o OUT.tsv {SEED}",
    "annotate": f"instar-annotate model.instar cells.h5ad -o OUT.h5ad {SEED}",
    "holdout": "instar-holdout cells.h5ad -o OUT.tsv -t time --times 2 --steps 5 --width 8 --no-seconds -@ 2 -q",
}
failures = []


def fail(*what):
    failures.append(what)
    print("FAIL", *what, flush=True)


class Room:
    """A folder with the inputs, another for TMPDIR, and the results that an undisturbed run gives."""

    def __init__(self, bin_dir, top):
        self.bin, self.top = Path(bin_dir).resolve(), Path(top)
        self.inputs = self.top / "inputs"
        self.inputs.mkdir()
        self.sound = {}
        for line in FIXTURE:
            done = self.run(line, self.inputs)
            if done.returncode:
                raise SystemExit(f"{line}: {done.stderr.decode()}")
        self.keep = {p.name: p.read_bytes() for p in self.inputs.iterdir()}

    def environment(self, folder, **more):
        names = ("LD_LIBRARY_PATH", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")
        kept = {k: v for k, v in os.environ.items() if k in names}
        return {**kept, "PATH": f"{self.bin}:/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
                "TMPDIR": str(folder), "OMP_NUM_THREADS": "2", **more}

    def run(self, line, folder, tmp=None, stdout=subprocess.PIPE, limit=None, **more):
        return subprocess.run(line.split(), cwd=folder, env=self.environment(tmp or folder, **more), stdout=stdout,
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=limit, timeout=300)

    def start(self, line, folder, tmp, **more):
        return subprocess.Popen(line.split(), cwd=folder, env=self.environment(tmp, **more), stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def scene(self, name, old=True):
        """A fresh folder for one command. -> Scene"""
        return Scene(self, name, old)

    def result(self, name):
        """The bytes that the command writes when nothing disturbs it."""
        if name not in self.sound:
            with self.scene(name, old=False) as scene:
                done = self.run(scene.line, scene.folder, scene.tmp)
                if done.returncode:
                    raise SystemExit(f"{scene.line}: {done.stderr.decode()}")
                self.sound[name] = scene.out.read_bytes()
        return self.sound[name]


class Scene:
    OLD = b"the old file, which somebody may have no copy of\n"

    def __init__(self, room, name, old, parent=None):
        self.room, self.name = room, name
        self.home = Path(tempfile.mkdtemp(dir=parent or room.top))
        self.folder, self.tmp = self.home / "work", self.home / "tmp"
        shutil.copytree(room.inputs, self.folder)
        self.tmp.mkdir()
        self.line = COMMANDS[name].replace("OUT", "out")
        self.out = self.folder / next(word for word in self.line.split() if word.startswith("out."))
        self.old = self.OLD if old else None
        if old:
            self.out.write_bytes(self.OLD)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.home, ignore_errors=True)

    def judge(self, label, code, allowed, errors=b"", may_remain=()):
        """The old file or the new one, nothing else in the folder or in TMPDIR, and a code of those allowed."""
        found = self.out.read_bytes() if self.out.exists() else None
        new = self.room.result(self.name)
        if code not in allowed:
            fail(label, f"exit {code} instead of {allowed}: {errors.decode(errors='replace')[-300:]}")
        if code == 0 and found != new:
            fail(label, "succeeded without its file")
        if code != 0 and found not in (self.old, new):
            fail(label, f"exit {code} left neither the old file nor the new one")
        if code == 3 and found != self.old:
            fail(label, "said that it failed, but replaced the file")
        strays = {p.name for p in self.folder.iterdir()} - set(self.room.keep) - {self.out.name}
        strays = {s for s in strays if not s.endswith(tuple(may_remain))} if may_remain else strays
        strays |= {p.name for p in self.tmp.iterdir()}
        if strays:
            fail(label, f"exit {code} left {sorted(strays)}")
        for name, data in self.room.keep.items():
            if (self.folder / name).read_bytes() != data:
                fail(label, f"changed its input {name}")
        if code == 3 and (not errors.startswith(b"instar-") or len(errors.splitlines()) != 1):
            fail(label, f"expected one sentence, found {errors.decode(errors='replace')[-300:]!r}")
