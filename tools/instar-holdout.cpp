// instar-holdout: fits without each time in turn, predicts it, and scores it beside simple baselines.
#include <filesystem>

#include "am/holdout.hpp"
#include "cli/command.hpp"
#include "cli/resources.hpp"
#include "core/error.hpp"
#include "core/time_label.hpp"
#include "io/json.hpp"
#include "io/output.hpp"
#include "io/record_file.hpp"
#include "shared/fit_flags.hpp"
#include "shared/holdout_parts.hpp"
#include "shared/holdout_table.hpp"
#include "shared/refit_pca.hpp"
#include "shared/tune.hpp"

using namespace instar;
using core::format_number;

namespace {

struct Flags {
  tools::FitFlags fit;
  std::string output;
  std::string times = "interior";
  std::vector<std::string> from = {"previous", "between"};
  std::vector<std::string> seeds;
  bool baselines = false;
  bool baselines_only = false;
  std::int64_t bootstrap = 0;
  std::string tune;
  std::string model_dir;
  tools::RefitRequest refit;
  bool resume = false;
  std::string shard;
  bool no_seconds = false;
  std::vector<std::string> merge;
};

/// Options that change the rows of a part, and the input: what an interrupted run must agree in to be gone on with.
std::string run_name(const cli::Context& context, const tools::Embedding& embedding) {
  core::Facts facts = context.options;
  for (const char* other : {"output", "times", "seeds", "resume", "shard", "model-dir", "baselines", "baselines-only"})
    facts.erase(other);
  facts["digest"] = embedding.file.digest();
  return io::Json::of(facts).text(0);
}

std::vector<am::HoldoutRow> fit_and_score(const Flags& flags, const tools::HoldoutPart& part,
                                          const core::Snapshots& snapshots, am::FitOptions options,
                                          const std::vector<am::Start>& starts, core::Reporter& reporter) {
  options.seed = *part.seed;
  am::Model model = am::fit_without(snapshots, options, part.time, reporter);
  if (!flags.model_dir.empty()) {
    model.basis = flags.fit.embedding.basis;
    model.time_key = flags.fit.embedding.time_key;
    io::write_record(
        flags.model_dir + "/time-" + format_number(part.time) + ".seed-" + std::to_string(*part.seed) + ".instar",
        am::to_record(model));
  }
  auto rows = am::evaluate_model(model, snapshots, options, part.time, {starts, flags.bootstrap}, reporter);
  for (const auto& row : rows)
    reporter.info(part.name() + ", from " + row.from + ": W1 " + core::format_short(row.scores.w1));
  return rows;
}

int write_table(const std::string& path, const tools::HoldoutTable& table, core::Reporter& reporter) {
  io::AtomicOutput output(path);
  output.write(table.text());
  output.commit();
  for (const auto& line : tools::rank_summary(table)) reporter.info(line);
  return 0;
}

void add_flags(cli::Command& command, Flags& flags) {
  command.input(flags.fit.embedding.input, "INPUT",
                "h5ad file with an embedding and a time column, or - for standard input");
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
                 "95 % intervals of the distances from N resamples of the cells; 0: none");
  command.at_least("--bootstrap", 0);
  command.option("--tune", flags.tune, "NAME=LIST",
                 "a flag of the fit and its candidates (growth-scale=1,2,4): for each held-out time the one is taken "
                 "that predicts the inner times of the remaining course best");
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
  command.flag("--resume", flags.resume,
               "go on from TABLE.tsv.partial, where an interrupted run has left its finished fits");
  command.option("--shard", flags.shard, "I/N", "do the I-th of N equal shares of the work, for array jobs");
  command.option("--merge", flags.merge, "LIST", "put the tables of all shards together; takes only -o beside it");
  command.with_threads();
  command.with_seed();
  command.example("instar holdout pca.h5ad -o table.tsv -t time --dims 10 --baselines", "every interior time in turn");
  command.example("instar holdout --merge part1.tsv,part2.tsv -o table.tsv", "the shards of an array job put together");
}

int evaluate(const Flags& flags, cli::Context& context) {
  const tools::TuneRequest tune = tools::parse_tune(flags.tune);
  tools::Embedding embedding = flags.refit.wanted
                                   ? tools::read_without_coordinates(flags.fit.embedding, context.reporter)
                                   : tools::read_embedding(flags.fit.embedding, context.reporter);
  const am::FitOptions plain = flags.fit.resolve(embedding, context);
  std::vector<am::Start> starts;
  for (const auto& word : flags.from) starts.push_back(am::parse_start(word));
  tools::PartsRequest wanted{flags.times, flags.seeds, flags.shard, !flags.baselines_only,
                             flags.baselines || flags.baselines_only};
  if (wanted.seeds.empty()) wanted.seeds = {std::to_string(context.common.seed)};
  const auto parts = tools::holdout_parts(wanted, embedding.snapshots, plain.exclude_times);
  const std::uint64_t baseline_seed = tools::whole_number("--seeds", wanted.seeds.front());
  if (flags.resume && flags.output == "-") throw UsageError("--resume needs a file as output, not standard output");
  io::check_writable(flags.output);
  if (!flags.model_dir.empty()) std::filesystem::create_directories(flags.model_dir);
  tools::HoldoutJournal journal(flags.output, run_name(context, embedding));
  if (flags.resume)
    if (const std::size_t found = journal.resume(); found > 0)
      context.reporter.info("going on after " + std::to_string(found) + " finished parts");

  std::map<double, tools::Tuned> chosen;
  std::optional<double> refitted;  // the held-out time that the coordinates were made without
  for (const tools::HoldoutPart& part : parts) {
    if (journal.has(part.name())) continue;
    const cli::Stopwatch watch;
    core::Snapshots& snapshots = embedding.snapshots;
    if (flags.refit.wanted && refitted != part.time) {
      std::vector<double> unseen = plain.exclude_times;
      unseen.push_back(part.time);
      snapshots.coordinates =
          tools::refitted_components(embedding, flags.refit, flags.fit.embedding.dims, unseen, context.reporter);
      refitted = part.time;
    }
    std::vector<am::HoldoutRow> rows;
    std::string setting = "NA";  // baselines have nothing that is tuned
    if (part.seed) {
      const auto able = am::possible_starts(snapshots, plain.exclude_times, part.time, starts, context.reporter);
      if (chosen.count(part.time) == 0)
        chosen[part.time] =
            tools::choose_options(flags.fit, tune, embedding, snapshots, part.time, able.front(), context);
      setting = chosen[part.time].setting;
      rows = fit_and_score(flags, part, snapshots, chosen[part.time].options, able, context.reporter);
    } else {
      rows = am::evaluate_baselines(snapshots, plain, part.time, flags.bootstrap, baseline_seed);
    }
    const double seconds = flags.no_seconds ? std::nan("") : watch.seconds();
    std::vector<std::vector<std::string>> lines;
    for (const auto& row : rows)
      lines.push_back(tools::holdout_cells(row, seconds, flags.bootstrap > 0, tune.flag.empty() ? "" : setting));
    journal.add(part.name(), lines);
  }
  tools::HoldoutTable table{tools::holdout_columns(flags.bootstrap > 0, !tune.flag.empty()), journal.rows()};
  table.sort();
  const int code = write_table(flags.output, table, context.reporter);
  journal.remove();
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
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
    command.option("--merge", flags.merge, "LIST", "tables to put together");
    return command.run(argc, argv, [&](cli::Context& context) {
      return write_table(flags.output, tools::merge_holdout_tables(flags.merge), context.reporter);
    });
  }
  add_flags(command, flags);
  return command.run(argc, argv, [&](cli::Context& context) { return evaluate(flags, context); });
}
