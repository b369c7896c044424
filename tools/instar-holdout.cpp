// instar-holdout: fits without each time in turn, predicts it, and scores it beside simple baselines.
#include <algorithm>

#include "am/holdout.hpp"
#include "cli/command.hpp"
#include "cli/resources.hpp"
#include "core/error.hpp"
#include "core/time_label.hpp"
#include "io/output.hpp"
#include "shared/fit_flags.hpp"

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
};

std::vector<double> held_out_times(const Flags& flags, const core::Snapshots& snapshots) {
  if (flags.times != "interior") return core::parse_time_list(flags.times);
  auto times = am::interior_times(snapshots, flags.fit.options.exclude_times);
  if (times.empty())
    throw UsageError("no time has neighbours on both sides, so none can be held out: at least three times are needed");
  return times;
}

std::vector<std::uint64_t> seeds_of(const Flags& flags, const cli::Context& context) {
  std::vector<std::uint64_t> seeds;
  for (const auto& word : flags.seeds) {
    if (word.empty() || word.find_first_not_of("0123456789") != std::string::npos || word.size() > 18)
      throw UsageError("--seeds: expected whole numbers, found '" + word + "'");
    seeds.push_back(std::stoull(word));
  }
  if (seeds.empty()) seeds.push_back(static_cast<std::uint64_t>(context.common.seed));
  return seeds;
}

std::string number_or_na(double value) { return std::isfinite(value) ? format_number(value) : "NA"; }

void append_rows(const std::vector<am::HoldoutRow>& rows, double seconds, std::string& table) {
  for (const auto& row : rows)
    table += format_number(row.time) + '\t' + row.from + '\t' + row.method + '\t' + std::to_string(row.seed) + '\t' +
             std::to_string(row.n_pred) + '\t' + std::to_string(row.n_true) + '\t' + number_or_na(row.scores.w1) +
             '\t' + number_or_na(row.scores.w2) + '\t' + number_or_na(row.scores.mmd) + '\t' +
             number_or_na(row.scores.energy) + '\t' + number_or_na(row.scores.mass_error) + '\t' +
             number_or_na(std::round(seconds * 100) / 100) + '\n';
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  cli::Command command("instar-holdout");
  command.describe(
      "For each held-out time and seed: fits without its cells, predicts them, and scores the prediction in scaled "
      "units. With "
      "--baselines the table also has what needs no model (previous, next, pooled, linear, ot-midpoint) and the "
      "sampling floor: two "
      "disjoint halves of the observed cells.");
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
  command.with_threads();
  command.with_seed();
  command.example("instar holdout pca.h5ad -o table.tsv -t time --dims 10 --baselines", "every interior time in turn");

  return command.run(argc, argv, [&](cli::Context& context) {
    const tools::Embedding embedding = tools::read_embedding(flags.fit.embedding, context.reporter);
    am::FitOptions options = flags.fit.resolve(embedding, context);
    std::vector<am::Start> starts;
    for (const auto& word : flags.from) starts.push_back(am::parse_start(word));
    const auto times = held_out_times(flags, embedding.snapshots);
    const auto seeds = seeds_of(flags, context);
    io::AtomicOutput output(flags.output);
    std::string table = "time\tfrom\tmethod\tseed\tn_pred\tn_true\tw1\tw2\tmmd\tenergy\tmass_error\tseconds\n";
    for (double time : times) {
      for (std::size_t s = 0; s < seeds.size(); ++s) {
        options.seed = seeds[s];
        const cli::Stopwatch watch;
        const am::Model model = am::fit_without(embedding.snapshots, options, time, context.reporter);
        const auto rows = am::evaluate_model(model, embedding.snapshots, options, time, starts, context.reporter);
        append_rows(rows, watch.seconds(), table);
        for (const auto& row : rows)
          context.reporter.info("time " + format_number(time) + " from " + row.from + ", seed " +
                                std::to_string(row.seed) + ": W1 " + core::format_short(row.scores.w1));
        if (!flags.baselines || s + 1 < seeds.size()) continue;
        const cli::Stopwatch baseline_watch;
        const auto baselines = am::evaluate_baselines(model, embedding.snapshots, time, seeds.front());
        append_rows(baselines, baseline_watch.seconds(), table);
      }
    }
    output.write(table);
    output.commit();
    return 0;
  });
}
