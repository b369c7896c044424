#!/usr/bin/env bash
# holdout.sh COUNTS.h5ad TIME_KEY FOLDER TIME...: the workflow's table as plain shell. For each TIME: genes, components
# and fit without its cells, their prediction, and baselines. What is there already is not made again, so an
# interrupted run goes on. (instar-holdout --refit-pca does all this in one command.)
set -euo pipefail

if [ $# -lt 4 ]; then
  sed -n '2,4s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
counts=$1 key=$2 folder=$3
shift 3
genes=${GENES:-1000} components=${COMPONENTS:-20} fit=${FIT:-"--dims 10 --scale global"}

mkdir -p "$folder"
shards=()
for time in "$@"; do
  pca=$folder/without-$time.h5ad table=$folder/time-$time.tsv
  [ -e "$pca" ] || instar prep "$counts" -o - --hvg "$genes" -t "$key" --exclude-times="$time" |
    instar pca - -o "$pca" -n "$components" -t "$key" --exclude-times="$time"
  # $fit is several words
  # shellcheck disable=SC2086
  [ -e "$table" ] || instar holdout "$pca" -o "$table" -t "$key" --times="$time" --baselines $fit
  shards+=("$table")
done
instar holdout --merge "$(IFS=,; echo "${shards[*]}")" -o "$folder/table.tsv"
