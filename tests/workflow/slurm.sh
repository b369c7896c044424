#!/usr/bin/env bash
# slurm.sh BIN: the shipped workflow on a cluster of one node: munged, slurmctld and slurmd from Debian's packages,
# started here with keys, ports and folders of their own, and jobs sent by snakemake-executor-plugin-slurm through the
# shipped profile; Snakemake 8 or later with that plugin must be in PATH. The table must be that of a local run, byte for byte, and the
# memory and time that a fit asks the cluster for must come from instar-fit --dry-run. Skipped (77) without these
# packages, without root (slurmd needs it), or where this machine has a cluster already.
set -uo pipefail
bin=$1
skip() { echo "skipped: $*"; exit 77; }
fail() { printf 'slurm: %s\n' "$*" >&2; exit 1; }

export PATH="$bin:$PATH:/usr/sbin"
for program in snakemake munged slurmctld slurmd sbatch; do
  command -v "$program" >/dev/null || skip "no $program (scripts/setup.sh slow)"
done
[ "$(id -u)" = 0 ] || skip "slurmd needs root"
# Steps of a job look for the configuration there, as the plugin takes SLURM_CONF out of their environment.
conf=/run/slurm/conf/slurm.conf
{ [ -e /etc/slurm/slurm.conf ] || [ -e $conf ]; } && skip "this machine has a cluster configured"
work=$(mktemp -d)
stop() {
  local name
  for name in slurmd slurmctld munged; do
    [ -s "$work/$name.pid" ] && kill "$(cat "$work/$name.pid")" 2>/dev/null
  done
  rm -f $conf
  sleep 2
  rm -rf "$work"
}
trap stop EXIT

start_cluster() {
  local host
  host=$(hostname -s)
  mkdir -p "$work"/{state,spool,log} "$(dirname $conf)"
  chmod 755 "$work"
  (umask 077; mkdir "$work/munge"; head -c 1024 /dev/urandom >"$work/munge/key")
  chmod 711 "$work/munge"
  munged --force --key-file="$work/munge/key" --socket="$work/munge/sock" --pid-file="$work/munged.pid" \
    --log-file="$work/log/munged" --seed-file="$work/munge/seed" || fail "munged does not start"
  cat >"$work/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/sock
CredType=cred/munge
SlurmctldPort=16817
SlurmdPort=16818
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldLogFile=$work/log/slurmctld
SlurmdLogFile=$work/log/slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$work/log/jobs
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$(($(grep MemTotal /proc/meminfo | tr -dc 0-9) / 1024 * 8 / 10))
PartitionName=short Nodes=$host Default=YES MaxTime=120 State=UP
CONF
  ln -s "$work/slurm.conf" $conf
  export SLURM_CONF=$work/slurm.conf
  slurmctld -f "$SLURM_CONF" && slurmd -f "$SLURM_CONF" || fail "the daemons do not start"
  for _ in $(seq 30); do
    [ "$(sinfo -h -o %T)" = idle ] && return
    sleep 1
  done
  tail -n 5 "$work"/log/slurm* >&2
  fail "the node does not come up"
}

make_folder() {
  instar workflow init "$work/$1" -q || fail "init"
  cd "$work/$1" || fail "cd"
  sed -i 's/^fit_flags:.*/fit_flags: "--steps 100 --width 32"/; s/^seeds:.*/seeds: [0]/; s/^times:.*/times: [2]/' config.yaml
  echo 'example_cells: 600' >>config.yaml
}

# What a test cannot wait for, or this cluster has not (accounts), is said here; all else is the shipped profile's.
on_cluster=(snakemake --profile profiles/slurm --latency-wait 5 --slurm-status-command squeue
  --slurm-init-seconds-before-status-checks 1 --seconds-between-status-checks 2)

# asks PLAN: a job has asked for the memory that this dry run estimates
asks() {
  local memory
  memory=$(python3 -c 'import json, sys; print(200 + int(1.2 * json.load(open(sys.argv[1]))["memory_bytes"] / 1e6))' "$1")
  grep -q "mem=${memory}M" "$work/log/jobs" || fail "no job asked for the $memory MB that $1 says"
}

start_cluster
make_folder cluster
"${on_cluster[@]}" >log 2>&1 || { cat log; fail "the workflow fails on the cluster"; }
done_jobs=$(grep -c 'JobState=COMPLETED' "$work/log/jobs")
echo "$done_jobs jobs done by the cluster"
[ "$done_jobs" -ge 11 ] || fail "expected at least 11 jobs done by the cluster, found $done_jobs"
asks results/prep.plan.json
asks results/pca.plan.json
asks results/without-2/scale-auto.plan.json
"${on_cluster[@]}" >log 2>&1 || fail "the second run fails"
grep -q "Nothing to be done" log || fail "the second run does something"

make_folder here
snakemake -c2 >log 2>&1 || { cat log; fail "the local run fails"; }
cmp results/table.tsv ../cluster/results/table.tsv || fail "the cluster's table is another"

make_folder killed
"${on_cluster[@]}" >log 2>&1 &
run=$!  # Snakemake's own number: no function's shell in between, which would die in its place
for _ in $(seq 1200); do
  compgen -G 'results/without-*/scale-*/seed-0.instar' >/dev/null && break
  sleep 0.1
done
kill -KILL "$run"
wait "$run" 2>/dev/null
scancel --user="$(id -un)"
for _ in $(seq 60); do  # a job that is still ending could remove what the next run makes in its place
  [ -z "$(squeue -h)" ] && break
  sleep 1
done
[ ! -e results/table.tsv ] || fail "the run was done before it was killed"
"${on_cluster[@]}" --unlock >log 2>&1 || { cat log; fail "unlock"; }
"${on_cluster[@]}" >log 2>&1 || { cat log; fail "the killed run does not go on"; }
cmp results/table.tsv ../cluster/results/table.tsv || fail "the killed run's table is another"
