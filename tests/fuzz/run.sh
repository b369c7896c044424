#!/usr/bin/env bash
# run.sh SECONDS [TARGET...]: fuzzes each target (default: all) for that long, one after the other. New inputs gather in
# build/fuzz/found/TARGET; what crashes lies in build/fuzz/crashes, to be mended and kept in tests/fuzz/regressions.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=$1
shift
[ $# -gt 0 ] || set -- h5ad model times table holdout
mkdir -p build/fuzz/crashes build/fuzz/tmp
export TMPDIR=$PWD/build/fuzz/tmp ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
for target in "$@"; do
  mkdir -p "build/fuzz/found/$target"
  # 2 GiB as the hostile files have; an input that takes 10 s is one that hangs.
  "build/fuzz/tests/bin/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/crashes/$target-" -fork=1 -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1 -max_len=65536 \
    "build/fuzz/found/$target" "tests/fuzz/corpus/$target" "tests/fuzz/regressions/$target"
done
