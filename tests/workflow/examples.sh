#!/usr/bin/env bash
# examples.sh BIN SHARE: the pipeline by make and by plain shell, as `instar workflow init` copies it out: both make the
# same table, again they do nothing, and what is missing is made again. And share/pipeline.sh, for one held-out time.
set -uo pipefail
PATH="$(realpath "$1"):$PATH"
share=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { printf 'examples: %s\n' "$*" >&2; exit 1; }

instar workflow init "$work/here" -q || fail "init"
cd "$work/here/examples" || fail "cd"
instar simulate bifurcation -o counts.h5ad --cells 300 --genes 200 -q || fail "simulate"
export GENES=100 COMPONENTS=6 FIT="--dims 4 --scale global --steps 20 --width 16 --no-seconds"

by_make() { make -s -j2 TIMES="1 3" >make.log 2>&1 || { cat make.log; fail "make"; }; }
by_make
./holdout.sh counts.h5ad time shell 1 3 2>shell.log || { cat shell.log; fail "holdout.sh"; }
cmp table.tsv shell/table.tsv || fail "make and the shell make different tables"
[ "$(cut -f1 table.tsv | sort -u | xargs)" = "1 3 time" ] || fail "the table has other times than 1 and 3"

make -q TIMES="1 3" || fail "make would do something a second time"
stamp=$(stat -c %y shell/time-1.tsv)
cp table.tsv before.tsv
rm time-3.tsv shell/time-3.tsv shell/table.tsv
by_make
./holdout.sh counts.h5ad time shell 1 3 2>shell.log || { cat shell.log; fail "holdout.sh, again"; }
cmp before.tsv table.tsv && cmp before.tsv shell/table.tsv || fail "a table that was made in two goes is another"
[ "$stamp" = "$(stat -c %y shell/time-1.tsv)" ] || fail "holdout.sh makes again what is there"
./holdout.sh counts.h5ad time 2>/dev/null
[ $? -eq 2 ] || fail "holdout.sh does not ask for times"

"$share/pipeline.sh" counts.h5ad time 2 piped >/dev/null 2>shell.log || { cat shell.log; fail "pipeline.sh"; }
[ "$(wc -l <piped/score.tsv)" -eq 2 ] || fail "pipeline.sh has no score"
