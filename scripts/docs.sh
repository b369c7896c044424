#!/usr/bin/env bash
# docs.sh: the site of docs/ into build/release/site, by MkDocs in a virtual environment that is kept under build/.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/release
status=0
python3 tests/docs/site.py --root . --tools $build/share/doc/instar/tools --work $build/python/site --output $build/site || status=$?
[ "$status" -ne 77 ] || status=3  # what a test skips is here an error
exit "$status"
