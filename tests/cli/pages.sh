#!/usr/bin/env bash
# pages.sh BIN: what every tool prints about itself. Help within 100 columns and 100 lines, with an example; manual
# pages without a complaint of man; completions that their shells can read.
set -uo pipefail
bin=$1
failed=0
complain() { printf 'pages: %s\n' "$*" >&2; failed=1; }
have() { command -v "$1" >/dev/null; }

verbs=$("$bin/instar" --help | sed -n '/^Verbs/,/^$/s/^  \([a-z]*\) .*/\1/p')
tools=("$bin"/instar "$bin"/instar-*)

for tool in "${tools[@]}"; do
  name=${tool##*/}
  [[ $("$tool" --version) =~ ^"$name "[0-9]+\.[0-9]+\.[0-9]+$ ]] || complain "$name --version prints no version"
  help=$("$tool" --help) || complain "$name --help fails"
  [[ $help == "$name: "* ]] || complain "$name --help does not begin with the tool's name"
  long=$(awk 'length > 100' <<<"$help")
  [ -z "$long" ] || complain "$name --help has lines of more than 100 columns: $long"
  most=112
  [ "$name" != instar-holdout ] || most=150  # it has the flags of instar-fit beside its own
  [ "$(wc -l <<<"$help")" -le "$most" ] || complain "$name --help does not fit two screens"
  if [ "$name" != instar ]; then
    grep -qx -e "${name#instar-}" <<<"$verbs" || complain "instar --help does not list $name"
    grep -q "^  instar ${name#instar-} " <<<"$help" || complain "$name --help has no example"
    flags="-q -v -h -V -@"
    [ "$name" != instar-workflow ] || flags="-q -v -h -V"  # it copies a few files
    for flag in $flags; do
      grep -q -e "^  $flag, --" <<<"$help" || complain "$name has no $flag"
    done
  fi
  if have man; then
    warnings=$("$tool" --generate man | man --warnings -E UTF-8 -l - 2>&1 >/dev/null)
    [ -z "$warnings" ] || complain "manual page of $name: $warnings"
  fi
  for shell in bash zsh fish; do
    if have "$shell"; then
      "$tool" --generate "$shell" | "$shell" -n || complain "$shell cannot read the completion of $name"
    fi
  done
done
exit "$failed"
