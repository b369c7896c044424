#!/usr/bin/env bash
# workflow.sh BIN: the shipped Snakemake workflow on its example: a fresh run makes the table, a second run does
# nothing, a killed run goes on and makes the same bytes. Skipped (77) without snakemake.
set -uo pipefail
bin=$1
command -v snakemake >/dev/null || { echo "skipped: no snakemake in PATH"; exit 77; }
export PATH="$bin:$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { printf 'workflow: %s\n' "$*" >&2; exit 1; }

make_folder() {
  instar workflow init "$work/$1" -q || fail "init"
  sed -i 's/^fit_flags:.*/fit_flags: "--steps 100 --width 32"/; s/^seeds:.*/seeds: [0]/' "$work/$1/config.yaml"
  echo 'example_cells: 600' >>"$work/$1/config.yaml"
  cd "$work/$1" || fail "cd"
}

make_folder fresh
snakemake -c2 >log 2>&1 || { cat log; fail "the fresh run fails"; }
[ "$(cut -f1 results/table.tsv | sort -u | tr '\n' ' ')" = "1 2 3 time " ] || fail "the table has other times"
snakemake -c2 >log 2>&1 || fail "the second run fails"
grep -q "Nothing to be done" log || fail "the second run does something"

make_folder killed
snakemake -c2 >log 2>&1 &
run=$!
for _ in $(seq 600); do
  compgen -G 'results/without-*/scale-*/seed-0.instar' >/dev/null && break
  sleep 0.1
done
kill -KILL "$run"
wait "$run" 2>/dev/null
sleep 3  # the jobs that it leaves behind
[ ! -e results/table.tsv ] || fail "the run was done before it was killed"
snakemake -c1 --unlock >log 2>&1
snakemake -c2 --rerun-incomplete >log 2>&1 || { cat log; fail "the killed run does not go on"; }
cmp results/table.tsv ../fresh/results/table.tsv || fail "the killed run's table is another"

sed -i 's/^hvg:.*/hvg: many/' config.yaml
snakemake -n >log 2>&1 && fail "a wrong value in config.yaml is accepted"
grep -q "hvg: 'many' does not fit" log || fail "a wrong value in config.yaml is not named"
