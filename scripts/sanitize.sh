#!/usr/bin/env bash
# sanitize.sh [part|all|threads]: builds with sanitizers and runs tests under them.
#   part      (default; `make check` runs it) what reads foreign bytes: lib/core and lib/io, their unit tests and the
#             corpora of the fuzz targets, under the address and undefined-behaviour sanitizers
#   all       the whole suite under the same (`make sanitize`; tens of minutes)
#   threads   the unit tests under the thread sanitizer
set -euo pipefail
cd "$(dirname "$0")/.."
# What is not freed when a process ends on an error is not a leak to us: HDF5 is then left as it is on purpose. Memory
# that is not to be had is an error that is reported, not the end.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:${ASAN_OPTIONS:-} UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:${UBSAN_OPTIONS:-}
configured() { [ -f "build/$1/build.ninja" ] || cmake --preset "$1"; }

case ${1:-part} in
  part)
    configured asan
    cmake --build --preset asan --target unit_core unit_io fuzz_times fuzz_table fuzz_model fuzz_h5ad
    exec ctest --preset asan --parallel "$(nproc)" -R '^(unit\.core|unit\.io|fuzz\..*)$'
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
    echo "usage: sanitize.sh [part|all|threads]" >&2
    exit 2
    ;;
esac
