// instar-holdout: fits without each time in turn, predicts it, and scores it beside simple baselines.
#include <iostream>

#include "cli/command.hpp"
#include "core/error.hpp"
#include "io/output.hpp"
#include "shared/holdout_run.hpp"
#include "shared/holdout_table.hpp"

using namespace instar;

namespace {

int write_table(const std::string& path, const tools::HoldoutTable& table, const cli::Context& context) {
  io::AtomicOutput output(path);
  output.write(table.text());
  output.commit();
  for (const auto& line : tools::rank_summary(table)) context.reporter.info(line);
  if (context.common.json) std::cout << tools::report_of(table).text() << '\n';
  return 0;
}

void refuse_two_reports(const std::string& output, const cli::Context& context) {
  if (context.common.json && output == "-")
    throw UsageError("--json prints its report on standard output; write the table to a file");
}

void add_flags(cli::Command& command, tools::HoldoutRequest& flags, std::vector<std::string>& merge) {
  command.input(flags.fit.embedding.input, "INPUT",
                "h5ad file with an embedding and a time column, or - for standard input");
  flags.fit.embedding.or_first = "start from counts or expression with --refit-pca";
  command.output(flags.output, "TABLE.tsv");
  flags.fit.add_to(command);
  command.section("Evaluation");
  command.option("--times", flags.times, "LIST",
                 "times to hold out, each alone; interior: all with neighbours on both sides");
  command.option("--from", flags.from, "LIST", "starts of the prediction: previous, first, between; one row each");
  command.option("--seeds", flags.seeds, "LIST", "one fit per seed; without it: --seed");
  command.flag("--baselines", flags.baselines, "add rows that need no model, and the sampling floor");
  command.flag("--baselines-only", flags.baselines_only, "these rows alone, no fits");
  command.option("--bootstrap", flags.bootstrap, "N",
                 "95 % intervals of the distances, those of w1 and w2 from N resamples of the cells; 0: none");
  command.at_least("--bootstrap", 0);
  command.option(
      "--distances", flags.distances, "LIST",
      "some of exact (w1, w2), sliced (columns sliced_w1, sliced_w2), bounds (w1_lower, w1_upper, ..., which "
      "hold the exact values); w1 and w2 are NA without exact");
  command.option("--projections", flags.projections, "N", "directions of the sliced distances");
  command.at_least("--projections", 1);
  command.repeated(
      "--tune", flags.tune, "NAME=LIST",
      "a flag of the fit and its candidates (growth-scale=1,2,4): for each held-out time the one is taken "
      "that best predicts those inner times of the remaining course whose gap, from neighbour to neighbour, "
      "is most like its own; given again: the next flag, chosen with the ones before as they were chosen");
  command.flag("--refit-pca", flags.refit.wanted,
               "start from counts or expression: for each held-out time choose variable genes and fit --dims principal "
               "components without its cells (--basis is not used)");
  command.option("--layer", flags.refit.layer, "NAME", "with --refit-pca: take this layer instead of X");
  command.option("--hvg", flags.refit.variable_genes, "N", "with --refit-pca: how many variable genes are used");
  command.at_least("--hvg", 1);
  command.needs("--layer", "--refit-pca");
  command.option("--model-dir", flags.model_dir, "DIR", "keep every fit there, as time-T.seed-S.instar");
  command.excludes("--model-dir", "--refit-pca");
  command.flag("--no-seconds", flags.no_seconds, "leave the times taken out (NA), so that equal runs give equal bytes");
  command.section("Long runs");
  command.flag(
      "--resume", flags.resume,
      "go on from TABLE.tsv.partial, where an interrupted run has left its finished fits, as is done anyway, but "
      "take it for an error if these are of other options or another input, which would be overwritten");
  command.option("--shard", flags.shard, "I/N", "do the I-th of N equal shares of the work, for array jobs");
  command.option("--merge", merge, "LIST", "put the tables of all shards together; takes only -o and --json beside it");
  command.with_threads();
  command.with_seed();
  command.with_json();
  command.example("instar holdout pca.h5ad -o table.tsv -t time --dims 10 --baselines", "every interior time in turn");
  command.example("for i in 1 2; do instar holdout pca.h5ad -o part$i.tsv -t time --shard $i/2; done",
                  "the shards of an array job, here one after the other");
  command.example("instar holdout --merge part1.tsv,part2.tsv -o table.tsv", "and put together");
}

int evaluate(const tools::HoldoutRequest& flags, cli::Context& context) {
  refuse_two_reports(flags.output, context);
  write_table(flags.output, tools::evaluate_held_out(flags, context), context);
  tools::forget_journal(flags.output);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  tools::HoldoutRequest flags;
  std::vector<std::string> merge;
  bool merging = false;
  for (int i = 1; i < argc; ++i) merging = merging || std::string(argv[i]).starts_with("--merge");
  cli::Command command("instar-holdout");
  command.describe(
      "For each held-out time and seed: fits without its cells, predicts them, and scores the prediction in scaled "
      "units. With --baselines the table also has what needs no model (previous, next, pooled, linear, ot-midpoint, "
      "wfr-midpoint) and the sampling floor: two disjoint halves of the observed cells, mean and deviation over ten "
      "splits. A ranking for each metric ends the run.");
  if (merging) {
    command.output(flags.output, "TABLE.tsv");
    command.option("--merge", merge, "LIST", "tables to put together");
    command.with_json();
    return command.run(argc, argv, [&](cli::Context& context) {
      refuse_two_reports(flags.output, context);
      return write_table(flags.output, tools::merge_holdout_tables(merge), context);
    });
  }
  add_flags(command, flags, merge);
  return command.run(argc, argv, [&](cli::Context& context) { return evaluate(flags, context); });
}
