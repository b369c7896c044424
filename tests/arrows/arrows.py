#!/usr/bin/env python3
"""Checks the dependency arrows of the house by reading #include lines.

    arrows.py ROOT      checks ROOT/lib, ROOT/tools and ROOT/tests/unit; prints every violation, exit 1 if any
    arrows.py --self-test
"""

import re
import sys
import tempfile
from pathlib import Path

# A room of lib/ and the rooms whose headers it may include (besides its own).
ARROWS = {
    "core": set(),
    "math": {"core"},
    "nn": {"core", "math"},
    "am": {"core", "math", "nn"},
    "prep": {"core", "math"},
    "sim": {"core", "math"},
    "report": {"core"},
    "io": {"core"},
    "cli": {"core"},
}

# Libraries that belong to some rooms only: name, what its headers look like, where it may be named.
PRIVATE = [
    ("HDF5", re.compile(r"^(hdf5\.h|hdf5_hl\.h|H5.*\.h|hdf5/.*)$"), {"io"}),
    ("CLI11", re.compile(r"^CLI/"), {"cli"}),
    ("nlohmann/json", re.compile(r"^nlohmann/"), {"io", "cli"}),
    ("libdeflate", re.compile(r"^libdeflate\.h$"), {"io"}),
    ("LEMON", re.compile(r"^lemon/"), {"math"}),
    ("oneDNN", re.compile(r"^(dnnl.*|oneapi/dnnl/.*)$"), {"nn"}),
    ("Highway", re.compile(r"^hwy/"), {"math", "nn"}),
]

# Numerical rooms know no files, clocks, environment or terminal; results depend on arguments alone.
PURE = {"math", "nn", "am", "prep", "sim", "report"}
IMPURE = re.compile(r"^(chrono|ctime|time\.h|filesystem|fstream|iostream|cstdio|stdio\.h|unistd\.h|sys/.*)$")
# Threads are started in one place only.
THREADING = re.compile(r"^(omp\.h|thread|future)$")
# nn/gemm.cpp includes omp.h to keep oneDNN from starting threads of its own; nothing is started there.
THREADING_EXCEPT = {"nn/gemm.cpp"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def includes(path):
    """(line number, quote, name) of every include of a file."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def sources(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in {".cpp", ".hpp", ".h", ".in"}) if folder.is_dir() else []


def check_room_file(own, name, quote):
    """The complaint about one include of a file in lib/, or None; own is its path below lib/."""
    room, target = own.split("/")[0], name.split("/")[0]
    if name.startswith("."):
        return f'"{name}" is relative; lib/ is the one include root'
    if target in ARROWS and "/" in name:
        if quote == "<":
            return f"<{name}> is a header of ours; include it with quotes"
        if target != room and target not in ARROWS[room]:
            return f"{room} must not depend on {target} ({name})"
    for library, pattern, rooms in PRIVATE:
        if pattern.match(name) and room not in rooms:
            return f"{library} is private to {' and '.join(sorted(rooms))} ({name})"
    if room in PURE and IMPURE.match(name):
        return f"{room} is numerical: no files, clocks or terminal ({name})"
    if room != "core" and own not in THREADING_EXCEPT and THREADING.match(name):
        return f"threads are started by core/parallel.hpp only ({name})"
    return None


def check_outside_file(name):
    """The complaint about one include of a tool or a unit test: they join rooms, but name no private library."""
    if name.startswith("../"):
        return f'"{name}" is relative; lib/ is the one include root'
    for library, pattern, rooms in PRIVATE:
        if pattern.match(name):
            return f"{library} is private to lib/{' and lib/'.join(sorted(rooms))} ({name})"
    return None


def find_cycle(graph):
    """A list of nodes that closes on itself, or None."""
    done, stack = set(), []

    def visit(node):
        if node in stack:
            return stack[stack.index(node):] + [node]
        if node in done:
            return None
        stack.append(node)
        for following in sorted(graph.get(node, ())):
            cycle = visit(following)
            if cycle:
                return cycle
        stack.pop()
        done.add(node)
        return None

    for start in sorted(graph):
        cycle = visit(start)
        if cycle:
            return cycle
    return None


def violations(root):
    lib, found, graph = root / "lib", [], {}
    for room_path in sorted(p for p in lib.iterdir() if p.is_dir()):
        room = room_path.name
        if room not in ARROWS:
            found.append(f"lib/{room}: not a room of the house (add it to tests/arrows/arrows.py with its arrows)")
            continue
        for path in sources(room_path):
            own = path.relative_to(lib).as_posix()
            for number, quote, name in includes(path):
                complaint = check_room_file(own, name, quote)
                if complaint:
                    found.append(f"lib/{own}:{number}: {complaint}")
                if quote == '"':
                    graph.setdefault(own, set()).add(name)
    cycle = find_cycle(graph)
    if cycle:
        found.append("includes run in a circle: " + " -> ".join(cycle))
    # Tests of a room may look into its private libraries; tools may not.
    for path in sources(root / "tools"):
        for number, _, name in includes(path):
            complaint = check_outside_file(name)
            if complaint:
                found.append(f"{path.relative_to(root).as_posix()}:{number}: {complaint}")
    for path in sources(root / "tests" / "unit"):
        room = path.relative_to(root / "tests" / "unit").parts[0]
        for number, _, name in includes(path):
            complaint = check_outside_file(name)
            if complaint and not any(p.match(name) and room in rooms for _, p, rooms in PRIVATE):
                found.append(f"{path.relative_to(root).as_posix()}:{number}: {complaint}")
    return found


def self_test():
    """Each bad line must be found, each good one must not: (file, line, part of the complaint or None)."""
    cases = [
        ("lib/math/a.cpp", '#include "core/types.hpp"', None),
        ("lib/am/a.cpp", '#include "nn/mlp.hpp"', None),
        ("lib/io/a.cpp", "#include <H5Cpp.h>", None),
        ("lib/cli/a.cpp", "#include <CLI/CLI.hpp>", None),
        ("lib/cli/a.cpp", "#include <nlohmann/json.hpp>", None),
        ("lib/io/a.cpp", "#include <fstream>", None),
        ("lib/core/a.cpp", "#include <omp.h>", None),
        ("lib/nn/gemm.cpp", "#include <omp.h>", None),
        ("lib/nn/mlp.cpp", "#include <omp.h>", "threads"),
        ("tools/a.cpp", '#include "io/h5ad.hpp"', None),
        ("tests/unit/math/a.cpp", "#include <lemon/network_simplex.h>", None),
        ("lib/math/a.cpp", '#include "nn/mlp.hpp"', "must not depend on nn"),
        ("lib/core/a.hpp", '#include "math/pca.hpp"', "must not depend on math"),
        ("lib/math/a.cpp", '#include "io/h5ad.hpp"', "must not depend on io"),
        ("lib/io/a.cpp", '#include "math/pca.hpp"', "must not depend on math"),
        ("lib/io/a.cpp", '#include "cli/command.hpp"', "must not depend on cli"),
        ("lib/sim/a.cpp", '#include "prep/hvg.hpp"', "must not depend on prep"),
        ("lib/math/a.cpp", "#include <hdf5.h>", "HDF5 is private"),
        ("lib/core/a.cpp", "#  include <H5Cpp.h>", "HDF5 is private"),
        ("lib/io/a.cpp", "#include <CLI/CLI.hpp>", "CLI11 is private"),
        ("lib/am/a.cpp", "#include <nlohmann/json.hpp>", "nlohmann/json is private"),
        ("lib/am/a.cpp", "#include <hwy/highway.h>", "Highway is private"),
        ("lib/am/a.cpp", "#include <lemon/network_simplex.h>", "LEMON is private"),
        ("tools/a.cpp", "#include <H5Cpp.h>", "HDF5 is private"),
        ("tests/unit/am/a.cpp", "#include <lemon/network_simplex.h>", "LEMON is private"),
        ("lib/nn/a.cpp", "#include <chrono>", "numerical"),
        ("lib/prep/a.cpp", "#include <iostream>", "numerical"),
        ("lib/report/a.cpp", "#include <fstream>", "numerical"),
        ("lib/report/a.cpp", "#include <nlohmann/json.hpp>", "nlohmann/json is private"),
        ("lib/report/a.cpp", '#include "io/json.hpp"', "must not depend on io"),
        ("lib/math/a.cpp", "#include <thread>", "threads"),
        ("lib/math/a.cpp", '#include "../core/types.hpp"', "relative"),
        ("lib/math/a.cpp", "#include <core/types.hpp>", "with quotes"),
        ("lib/viz/a.cpp", "#include <vector>", "not a room"),
        ("lib/math/a.hpp", '#include "math/a.hpp"', "circle"),
    ]
    failures = 0
    for path, line, expected in cases:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / path
            file.parent.mkdir(parents=True)
            (Path(folder) / "lib").mkdir(exist_ok=True)
            file.write_text(line + "\n", encoding="utf-8")
            found = violations(Path(folder))
        good = not found if expected is None else len(found) == 1 and expected in found[0]
        if not good:
            failures += 1
            print(f"self-test: {path}: {line}\n    expected {expected}, found {found}")
    print(f"self-test: {len(cases)} cases, {failures} failed")
    return failures


def main():
    if len(sys.argv) == 2 and sys.argv[1] == "--self-test":
        return 1 if self_test() else 0
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    found = violations(Path(sys.argv[1]))
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
