#!/usr/bin/awk -f
# The W1 column of a holdout table, and the verdict: uAM must be below previous, linear and ot-midpoint.
BEGIN { FS = "\t" }
NR == 1 {
  for (i = 1; i <= NF; i++) column[$i] = i
  printf "%-14s %-10s %8s\n", "method", "from", "W1"
  next
}
{
  method = $column["method"]; from = $column["from"]; w1 = $column["w1"] + 0
  printf "%-14s %-10s %8.3f\n", method, from, w1
  if (method == "uam") { if (from == "previous") best = w1 }  # what the pipeline printed, not the better of two
  else baseline[method] = w1
}
END {
  if (best == "") { print "demo: the table has no row of uam from previous" > "/dev/stderr"; exit 1 }
  split("previous linear ot-midpoint", names, " ")
  for (i = 1; i <= 3; i++) {
    name = names[i]
    if (!(name in baseline)) { printf "demo: the table has no row of %s\n", name > "/dev/stderr"; exit 1 }
    if (best >= baseline[name]) {
      printf "demo: uAM (%.3f) is not better than %s (%.3f)\n", best, name, baseline[name] > "/dev/stderr"
      exit 1
    }
  }
  printf "\nThe time that the model never saw is predicted better than by previous, linear and ot-midpoint.\n"
  printf "Files are in ./demo; `instar --help` lists the tools.\n"
}
