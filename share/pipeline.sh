#!/usr/bin/env bash
# pipeline.sh COUNTS.h5ad TIME_KEY HELD_OUT [FOLDER]: from raw counts to a held-out time, predicted and scored.
#
# The held-out time takes no part in choosing genes, in the components, in scaling or in the fit. Writes pca.h5ad,
# model.instar, pred.h5ad and score.tsv into FOLDER (default: the current one). A start for a script of your own.
set -euo pipefail

if [ $# -lt 3 ]; then
  sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
counts=$1 key=$2 held_out=$3 folder=${4:-.}
genes=1000 components=20 dims=10

mkdir -p "$folder"
instar prep "$counts" -o - --hvg "$genes" -t "$key" --exclude-times "$held_out" |
  instar pca - -o "$folder/pca.h5ad" -n "$components" -t "$key" --exclude-times "$held_out"
instar fit "$folder/pca.h5ad" -o "$folder/model.instar" -t "$key" --dims "$dims" --exclude-times "$held_out"
instar predict "$folder/model.instar" "$folder/pca.h5ad" --from previous --times "$held_out" -o "$folder/pred.h5ad"
instar score "$folder/pred.h5ad" "$folder/pca.h5ad" --time "$held_out" -t "$key" | tee "$folder/score.tsv"
