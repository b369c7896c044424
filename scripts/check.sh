#!/usr/bin/env bash
# check.sh: what a change must pass besides the tests: formatting, include rules, static analysis, a clean tree.
# The analysis reads compile commands of the preset `tidy` and builds nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

before=$(git status --porcelain)
cores=$(nproc)
failed=0
step() { printf 'check: %s\n' "$*"; }

step "formatting (clang-format-14)"
git ls-files -z '*.cpp' '*.hpp' | xargs -0 -P "$cores" -n 16 clang-format-14 --dry-run --Werror || failed=1

step "include rules (tests/arrows)"
python3 tests/arrows/arrows.py . || failed=1

step "shell syntax"
git ls-files -z '*.sh' .ci/run | xargs -0 -n 1 bash -n || failed=1

mkdir -p build/tidy/omp
step "static analysis of lib/ and tools/ (clang-tidy-14)"
cmake --preset tidy >build/tidy.log 2>&1 || { cat build/tidy.log >&2; exit 1; }
# clang finds every header of g++ but omp.h, which lives in a folder of g++'s own; give it that one header alone,
# without the attribute that only g++ knows.
sed 's/__malloc__ (omp_free)/__malloc__/' "$(g++ -print-file-name=include/omp.h)" >build/tidy/omp/omp.h
# The preset's units of many files: nearly all of the work is on the headers that files have in common. Those of most
# files first, so that no core ends alone on a long one.
sed -n "s#^ *\"file\": \"\($PWD/\(build/tidy/\)\?\(lib\|tools\)/.*\)\",\?\$#\1#p" build/tidy/compile_commands.json | sort -u |
  tr '\n' '\0' | xargs -0 -r ls -S | tr '\n' '\0' |
  xargs -0 -P "$cores" -n 1 clang-tidy-14 -p build/tidy --quiet --extra-arg=-isystem"$PWD/build/tidy/omp" \
    2> >(grep -v 'warnings generated\|^Suppressed\|^Use -header-filter' >&2) || failed=1

step "the tools under the address and undefined-behaviour sanitizers (scripts/sanitize.sh)"
scripts/sanitize.sh suite >build/sanitize.log 2>&1 || { tail -n 60 build/sanitize.log >&2; failed=1; }

step "git status as it was"
if [ "$(git status --porcelain)" != "$before" ]; then
  echo "check: the checks changed the working tree:" >&2
  git status --short >&2
  failed=1
fi

[ "$failed" -eq 0 ] || { echo "check: FAILED" >&2; exit 1; }
step "passed"
