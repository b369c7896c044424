#!/usr/bin/env bash
# build.sh [TARGET...]: the release preset, configured once and then only rebuilt where something changed
# (default target: the tools and nothing else).
set -euo pipefail
cd "$(dirname "$0")/.."
[ -f build/release/build.ninja ] || cmake --preset release
exec cmake --build --preset release --target "${@:-tools}"
