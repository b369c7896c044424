#!/usr/bin/env bash
# figures.sh BIN FOLDER: runs the commands of am.md, uam.md, eam.md, ueam.md and generation.md with the tools in BIN; files go to
# FOLDER. figures.py draws them: python docs/figures.py FOLDER docs/figures
set -euo pipefail
PATH="$(cd "$1" && pwd):$PATH"
mkdir -p "$2"
cd "$2"

# am.md
instar simulate gaussian -o cloud.h5ad --dims 2 --growth 0 --dilation 0.25 --cells 2000
instar fit cloud.h5ad -o am.instar -t time --method am --scale none --width 64 --steps 1000
instar annotate am.instar cloud.h5ad -o am.h5ad

# uam.md
instar simulate three-gene -o genes.h5ad --cells 2000
instar fit genes.h5ad -o uam.instar -t time --scale none --growth-scale 1.5 --mass cells --width 64
instar annotate uam.instar genes.h5ad -o uam.h5ad

# eam.md
instar simulate gaussian -o ends.h5ad --dims 2 --growth 0 --dilation 0.25 --times 0,2 --cells 1000
instar fit ends.h5ad -o eam.instar -t time --method eam --sigma 0.5 --scale none --width 64
instar predict eam.instar ends.h5ad -o eam.h5ad --from first --grid 41 --paths
instar fit ends.h5ad -o straight.instar -t time --method am --scale none --width 64
instar predict straight.instar ends.h5ad -o straight.h5ad --from first --grid 41 --paths

# ueam.md
instar simulate three-gene -o noisy.h5ad --noise 0.15 --cells 2000
instar fit noisy.h5ad -o ueam.instar -t time --method ueam --sigma 0.42 --scale none --growth-scale 1.5 --mass cells --width 64
instar annotate ueam.instar noisy.h5ad -o ueam.h5ad
instar fit noisy.h5ad -o plain.instar -t time --method uam --scale none --growth-scale 1.5 --mass cells --width 64
instar annotate plain.instar noisy.h5ad -o plain.h5ad

# generation.md
instar simulate moons -o moons.h5ad --cells 4000
instar simulate moons -o new.h5ad --cells 4000 --seed 1
instar fit moons.h5ad -o moons.instar -t time --method am --width 64 --steps 2000
instar predict moons.instar new.h5ad -o made.h5ad --from first --grid 21 --paths
instar score made.h5ad new.h5ad --time 1
