#!/usr/bin/env bash
# files.sh BIN FOLDER: the files that pages of documentation take for given, small, under the names that the examples of
# --help use. Pages marked `<!-- test: files -->` and the pages of the tools start with a copy of them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
PATH="$(cd "$1" && pwd):$PATH"
rm -rf "$2"
mkdir -p "$2"
cd "$2"
little=(--steps 60 --width 16)
instar simulate bifurcation -o counts.h5ad --cells 500 --genes 400 -q
instar simulate bifurcation -o new.h5ad --cells 200 --genes 400 --seed 1 -q
instar prep counts.h5ad -o prep.h5ad --hvg 80 -q
instar pca prep.h5ad -o pca.h5ad -n 20 -q
instar fit pca.h5ad -o model.instar -t time --dims 10 --log log.jsonl "${little[@]}" -q
instar predict model.instar pca.h5ad --from first --grid 9 --genes -o trajectories.h5ad -q
instar predict model.instar pca.h5ad --from previous --times 2 -o pred.h5ad -q
instar holdout pca.h5ad -o table.tsv -t time --dims 10 --baselines "${little[@]}" -q
instar holdout pca.h5ad -o part1.tsv -t time --dims 10 --shard 1/2 "${little[@]}" -q
instar holdout pca.h5ad -o part2.tsv -t time --dims 10 --shard 2/2 "${little[@]}" -q
cp model.instar m.instar
cp trajectories.h5ad p.h5ad
cp table.tsv t.tsv
cp "$here/../cli/data/text_times.h5ad" days.h5ad      # day: D0, D2, D10
cp "$here/../cli/data/mixed_units.h5ad" mixed.h5ad    # day: some in hours
cp "$here/../cli/data/missing_times.h5ad" gaps.h5ad   # time: two cells without
