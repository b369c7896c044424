#!/usr/bin/env bash
# test.sh [ctest arguments]: builds everything and runs the test suite (without the tests labelled slow).
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh all
exec ctest --preset release --parallel "$(nproc)" "$@"
