#!/usr/bin/env bash
# bench.sh [CELLS]: time and peak memory of every tool of the pipeline on simulated counts. Never part of the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
exec python3 bench/pipeline.py --bin build/release/bin "$@"
