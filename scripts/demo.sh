#!/usr/bin/env bash
# demo.sh: the pipeline of the README on a simulated experiment, each line printed as it runs. Works in ./demo, which
# holds the files afterwards. Ends with the held-out distance beside the baselines: exit 1 where uAM is not the best.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/build/release/bin:$PATH"
rm -rf demo
mkdir demo
cd demo

say() { printf '\n# %s\n' "$*"; }
run() {
  printf '$ %s\n' "$1"
  eval "$1"
}

say "Counts of a simulated differentiation with one fork, sampled at several times"
run 'instar simulate bifurcation -o counts.h5ad'
run 'instar info counts.h5ad -t time'

say "Normalise, choose genes, principal components. Time 2 is held out from here on: it chooses no gene and no component"
run 'instar prep counts.h5ad -o - --hvg 1000 -t time --exclude-times 2 | instar pca - -o pca.h5ad -t time --exclude-times 2'

say "Learn velocity and growth from the other times"
run 'instar fit pca.h5ad -o model.instar -t time --dims 10 --exclude-times 2'

say "Send the cells of the time before to time 2, and measure how far they are from the cells really seen there"
run 'instar predict model.instar pca.h5ad --from previous --times 2 -o pred.h5ad'
run 'instar score pred.h5ad pca.h5ad --time 2 --scale-from model.instar'

say "The same beside what needs no model (lower is better; floor: two halves of the truth, what sampling alone gives)"
run 'instar holdout pca.h5ad -o table.tsv -t time --times 2 --baselines --dims 10'
echo
../scripts/demo_table.awk table.tsv
