#!/usr/bin/env bash
# sanitize.sh [suite|all|threads]: builds with sanitizers and runs tests under them.
#   suite     (default; `make check` runs it) every tool under the address and undefined-behaviour sanitizers: golden
#             cases, faults, hostile files, files beside anndata's; unit tests of core and io, corpora of fuzz targets
#   all       and the unit tests of the other rooms, the commands of README and docs, trainings that are killed, the
#             workflow (`make sanitize`, tens of minutes)
#   threads   the unit tests under the thread sanitizer
# Not checked outside core and io: null and misaligned pointers (cmake/InstarTargets.cmake says why).
# What the sanitizers do not allow: a limit of the address space (hostile files have none there; the release run has), and
# calls that a preloaded library lets fail (faults leaves these out). Python's interpreter itself is not built with them.
set -euo pipefail
cd "$(dirname "$0")/.."
# What is not freed when a process ends on an error is not a leak to us: HDF5 is then left as it is on purpose. Memory
# that is not to be had is an error that is reported, not the end.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:${ASAN_OPTIONS:-} UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:${UBSAN_OPTIONS:-}
configured() { cmake --preset "$1"; }

case ${1:-suite} in
  suite)
    configured asan
    cmake --build --preset asan --target tools unit_core unit_io io_probe fuzzers
    # One more than cores: golden cases keep two for tools that mostly use one.
    exec ctest --preset asan --parallel $(($(nproc) + 1)) -E '^cli\.(resume|runner)' \
      -R '^(unit\.core|unit\.io|cli\..*|faults|hostile|io\.anndata-0\.13|fuzz\..*)$'
    ;;
  all)
    configured asan
    cmake --build --preset asan
    exec ctest --preset asan --parallel "$(nproc)"
    ;;
  threads)
    configured tsan
    cmake --build --preset tsan
    exec ctest --preset tsan -L unit
    ;;
  *)
    echo "usage: sanitize.sh [suite|all|threads]" >&2
    exit 2
    ;;
esac
