#!/usr/bin/env bash
# test.sh [ctest arguments]: builds everything and runs the test suite (without the tests labelled slow).
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh all
# One more than cores: many tests keep two for tools that mostly use one.
exec ctest --preset release --parallel "$(($(nproc) + 1))" "$@"
