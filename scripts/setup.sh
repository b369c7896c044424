#!/usr/bin/env bash
# setup.sh [build] [test] [check] [slow]: sees to it that the packages of these groups are there (default: all but
# slow, the workflow tests' Snakemake and Slurm).
#
# Debian 12 or later and Ubuntu 24.04 or later: installs what is missing by apt and says so. Anywhere else: names what
# is missing and stops. Silent, and without network, when nothing is missing.
set -euo pipefail

# One line per need: group, Debian package, and what shows that it is there on a system without dpkg.
needs() {
  cat <<'LIST'
build g++ command:c++
build cmake command:cmake
build ninja-build command:ninja
build pkg-config command:pkg-config
build libeigen3-dev header:eigen3/Eigen/Core
build libhdf5-dev header:hdf5.h|hdf5/serial/hdf5.h
build nlohmann-json3-dev header:nlohmann/json.hpp
build libcli11-dev header:CLI/CLI.hpp
build libdeflate-dev header:libdeflate.h
build libblosc-dev header:blosc.h
build libzstd-dev header:zstd.h
build liblz4-dev header:lz4.h
build libdnnl-dev header:dnnl.h|oneapi/dnnl/dnnl.h
build libhwy-dev header:hwy/highway.h
build liblemon-dev header:lemon/network_simplex.h
build doctest-dev header:doctest/doctest.h|doctest/doctest/doctest.h
test python3 command:python3
test python3-venv python:ensurepip
browser chromium command:chromium
check git command:git
check clang-format-14 command:clang-format-14
check clang-tidy-14 command:clang-tidy-14
slow snakemake command:snakemake
slow munge command:munged
slow slurmctld command:slurmctld
slow slurmd command:slurmd
LIST
}

cmake_minimum=3.25

have_header() {  # a|b|c: any of these below any include folder
  local IFS='|' header folder
  for header in $1; do
    for folder in /usr/include /usr/local/include /opt/homebrew/include ${CPATH:+"${CPATH//:/|}"}; do
      [ -e "$folder/$header" ] && return 0
    done
  done
  return 1
}

present() {  # package probe
  if command -v dpkg-query >/dev/null; then
    [[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" == installed* ]]
  else
    case $2 in
      command:*) command -v "${2#command:}" >/dev/null ;;
      header:*) have_header "${2#header:}" ;;
      python:*) python3 -c "import ${2#python:}" 2>/dev/null ;;
    esac
  fi
}

missing_packages() {  # groups...
  local group package probe
  while read -r group package probe; do
    [[ " $* " == *" $group "* ]] || continue
    # A newer cmake or ninja than the distribution's is as good, wherever it came from.
    if [[ $probe == command:@(cmake|ninja|git|python3) ]] && command -v "${probe#command:}" >/dev/null; then continue; fi
    present "$package" "$probe" || echo "$package"
  done < <(needs)
}

known_system() {  # Debian >= 12 (testing and sid have no number) or Ubuntu >= 24.04
  [ -r /etc/os-release ] && command -v apt-get >/dev/null || return 1
  local ID= VERSION_ID=
  . /etc/os-release
  case $ID in
    debian) [ -z "$VERSION_ID" ] || [ "${VERSION_ID%%.*}" -ge 12 ] ;;
    ubuntu) [ "${VERSION_ID%%.*}" -ge 24 ] ;;
    *) return 1 ;;
  esac
}

apt_install() {
  local -a as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "setup: these packages are missing, and installing them needs root (there is no sudo here). As root, run:" >&2
      echo "    apt-get update && apt-get install --no-install-recommends $*" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  echo "setup: installing by apt: $*"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq || echo "setup: apt-get update failed; trying with the package lists at hand" >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null || {
    echo "setup: apt could not install them (see above); is the network reachable?" >&2
    exit 1
  }
}

main() {
  local -a groups=("$@") missing
  [ $# -gt 0 ] || groups=(build test check)
  # Reports are tested in a browser by continuous integration; nobody else has to download one. (Ubuntu has it as a snap only.)
  if [ -n "${CI:-}" ] && [[ " ${groups[*]} " == *" test "* ]] && grep -q '^ID=debian' /etc/os-release 2>/dev/null; then
    groups+=(browser)
  fi
  mapfile -t missing < <(missing_packages "${groups[@]}")
  if [ ${#missing[@]} -gt 0 ]; then
    if known_system; then
      apt_install "${missing[@]}"
    else
      echo "setup: this is neither Debian 12 or later nor Ubuntu 24.04 or later, so nothing is installed for you." >&2
      echo "setup: missing (Debian's names): ${missing[*]}" >&2
      exit 1
    fi
  fi
  local found
  found=$(cmake --version | sed -n '1s/[^0-9]*\([0-9.]*\).*/\1/p')
  if [ "$(printf '%s\n' "$cmake_minimum" "$found" | sort -V | head -n 1)" != "$cmake_minimum" ]; then
    echo "setup: cmake $cmake_minimum or later is needed; $(command -v cmake) is $found" >&2
    exit 1
  fi
}

main "$@"
