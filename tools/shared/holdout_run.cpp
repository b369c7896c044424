#include "shared/holdout_run.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <mutex>
#include <optional>

#include "am/fit_series.hpp"
#include "cli/interrupt.hpp"
#include "cli/resources.hpp"
#include "cli/text.hpp"
#include "core/error.hpp"
#include "core/format.hpp"
#include "core/time_label.hpp"
#include "core/version.hpp"
#include "io/json.hpp"
#include "io/output.hpp"
#include "io/record_file.hpp"
#include "shared/fit_cells.hpp"
#include "shared/holdout_journal.hpp"
#include "shared/holdout_parts.hpp"
#include "shared/naming.hpp"
#include "shared/seen_times.hpp"
#include "shared/tune.hpp"

namespace instar::tools {
namespace {

using core::format_number;

/// The version, the input and the options that change the rows of a part: what an interrupted run must agree in to be
/// gone on with.
std::string run_name(const cli::Context& context, const Embedding& embedding, const am::FitOptions& resolved) {
  core::Facts facts = context.options;
  for (const char* other : {"output", "times", "seeds", "resume", "shard", "model-dir", "baselines", "baselines-only"})
    facts.erase(other);
  facts["exclude-times"] = resolved.exclude_times;  // as typed, 24h and 24 would be the same
  facts["digest"] = embedding.file.digest();
  facts["version"] = std::string(core::kVersion);
  return io::Json::of(facts).text(0);
}

std::vector<am::Start> starts_of(const HoldoutRequest& request) {
  std::vector<am::Start> starts;
  for (const auto& word : request.from) {
    // Before it is read as a time, which could be refused for its unit alone.
    if (word != "previous" && word != "first" && word != "between")
      throw UsageError("--from: expected previous, first or between, found '" + word + "'");
    starts.push_back(am::parse_start(word));
  }
  return starts;
}

am::DistanceOptions distances_of(const HoldoutRequest& request) {
  am::DistanceOptions distances;
  distances.exact = false;
  distances.projections = request.projections;
  for (const auto& word : request.distances) {
    if (word != "exact" && word != "sliced" && word != "bounds")
      throw UsageError("--distances: expected some of exact, sliced, bounds, found '" + word + "'");
    (word == "exact" ? distances.exact : word == "sliced" ? distances.sliced : distances.bounds) = true;
  }
  if (!distances.exact && request.bootstrap > 0)
    throw UsageError("--bootstrap: intervals are of the exact distances; add exact to --distances");
  return distances;
}

/// Starts that share a setting of the fit.
struct Choice {
  Tuned tuned;
  std::vector<am::Start> starts;
};

struct Row {
  am::HoldoutRow row;
  std::string setting;  ///< as the table has it
};

/// How far a prediction is, by the one of the distances asked for that says most.
std::string said(const am::Scores& scores) {
  if (std::isfinite(scores.w1)) return "W1 " + core::format_short(scores.w1);
  if (std::isfinite(scores.w1_lower))
    return "W1 between " + core::format_short(scores.w1_lower) + " and " + core::format_short(scores.w1_upper);
  return "sliced W1 " + core::format_short(scores.sliced_w1);
}

/// One evaluation under way.
class Run {
 public:
  Run(const HoldoutRequest& request, cli::Context& context)
      : request_(request),
        context_(context),
        embedding_(request.refit.wanted ? read_without_coordinates(request.fit.embedding, context.reporter)
                                        : read_embedding(request.fit.embedding, context.reporter)),
        plain_(request.fit.resolve(embedding_, context)),
        starts_(starts_of(request)),
        distances_(distances_of(request)),
        columns_{request.bootstrap > 0, distances_, !request.tune.empty()},
        tuner_(request.fit, parse_tune(request.tune), embedding_, context),
        journal_(request.output, run_name(context, embedding_, plain_)) {}

  HoldoutTable run();

 private:
  void plan();
  template <class Work>
  auto naming_input(const Work& work) const {
    return naming({embedding_.file.path()}, work);
  }
  void take_up();
  void use_coordinates_without(double time);
  std::vector<Choice> choices_for(double time, const std::vector<am::Start>& starts);
  void do_fits(double time, const std::vector<HoldoutPart>& parts);
  void do_baselines(const HoldoutPart& part);
  void keep_model(const HoldoutPart& part, const std::string& from, am::Model& model) const;
  void record(const HoldoutPart& part, const std::vector<Row>& rows, double seconds);
  void keep(const std::function<void()>& write);
  HoldoutTable table() const;
  std::string if_interrupted() const;

  const HoldoutRequest& request_;
  cli::Context& context_;
  Embedding embedding_;
  am::FitOptions plain_;
  std::vector<am::Start> starts_;
  am::DistanceOptions distances_;
  HoldoutColumns columns_;
  Tuner tuner_;
  HoldoutJournal journal_;
  std::vector<HoldoutPart> parts_;
  std::optional<cli::InterruptNote> note_;
  std::optional<double> refitted_;  ///< the held-out time that the coordinates were made without
};

void Run::take_up() {
  switch (journal_.take_up()) {
    case HoldoutJournal::Found::nothing:
      if (request_.resume)
        context_.reporter.warning("--resume: there is no " + journal_.path() + " to go on from; starting anew");
      return;
    case HoldoutJournal::Found::same:
      context_.reporter.info("going on with an interrupted run, whose finished parts are in " + journal_.path() +
                             " (remove it to start anew)");
      return;
    case HoldoutJournal::Found::another:
      if (request_.resume)
        throw DataError({journal_.path()},
                        "expected the rest of a run on this input with these options, found that of another",
                        "run without --resume to start anew");
      context_.reporter.warning(journal_.path() + " is the rest of a run on another input or with other options, and " +
                                "will be overwritten");
  }
}

void Run::use_coordinates_without(double time) {
  if (!request_.refit.wanted || refitted_ == time) return;
  std::vector<double> unseen = plain_.exclude_times;
  unseen.push_back(time);
  embedding_.snapshots.coordinates =
      refitted_components(embedding_, request_.refit, request_.fit.embedding.dims, unseen, context_.reporter);
  refitted_ = time;
  tuner_.forget();
}

std::vector<Choice> Run::choices_for(double time, const std::vector<am::Start>& starts) {
  if (!tuner_.wanted()) return {Choice{{plain_, ""}, starts}};
  std::vector<Choice> choices;
  for (const am::Start& start : starts) {
    const std::string what = "time " + format_number(time) + " from " + am::to_string(start);
    Tuned tuned = naming_input([&] {
      return tuner_.choose(embedding_.snapshots, time, start, journal_.chosen(what).value_or(""),
                           [&](const std::string& setting) { keep([&] { journal_.choose(what, setting); }); });
    });
    const auto same = std::find_if(choices.begin(), choices.end(),
                                   [&](const Choice& other) { return other.tuned.setting == tuned.setting; });
    if (same == choices.end())
      choices.push_back({std::move(tuned), {start}});
    else
      same->starts.push_back(start);
  }
  return choices;
}

void Run::keep_model(const HoldoutPart& part, const std::string& from, am::Model& model) const {
  if (request_.model_dir.empty()) return;
  model.basis = request_.fit.embedding.basis;
  model.time_key = request_.fit.embedding.time_key;
  io::write_record(request_.model_dir + "/time-" + format_number(part.time) + ".seed-" + std::to_string(*part.seed) +
                       from + ".instar",
                   am::to_record(model));
}

void Run::record(const HoldoutPart& part, const std::vector<Row>& rows, double seconds) {
  std::vector<std::vector<std::string>> lines;
  for (const auto& [row, setting] : rows) {
    lines.push_back(holdout_cells(row, request_.no_seconds ? std::nan("") : seconds, columns_, setting));
    if (part.seed) context_.reporter.info(part.name() + ", from " + row.from + ": " + said(row.scores));
  }
  keep([&] { journal_.add(part.name(), lines); });
}

void Run::do_fits(double time, const std::vector<HoldoutPart>& parts) {
  if (parts.empty()) return;
  const cli::Stopwatch watch;
  const core::Snapshots& snapshots = embedding_.snapshots;
  const auto able = naming_input(
      [&] { return am::possible_starts(snapshots, plain_.exclude_times, time, starts_, context_.reporter); });
  const auto choices = choices_for(time, able);
  std::vector<am::FitOptions> options;  // part after part, each with all choices
  for (const auto& part : parts)
    for (const Choice& choice : choices) {
      options.push_back(am::without(choice.tuned.options, time));
      options.back().seed = *part.seed;
    }
  struct Progress {
    std::vector<Row> rows;
    std::size_t fits = 0;
    double seconds = 0;
  };
  const double before = watch.seconds();
  std::mutex mutex;
  double coupled = 0;  // seconds for what the fits share
  std::vector<double> begun(options.size(), 0);
  std::vector<Progress> progress(parts.size());
  am::SeriesHooks hooks;
  hooks.started = [&](Index k) {
    const std::lock_guard lock(mutex);
    begun[static_cast<std::size_t>(k)] = watch.seconds();
    if (coupled == 0) coupled = watch.seconds() - before;
  };
  hooks.finished = [&](Index k, am::Model model) {
    const auto at = static_cast<std::size_t>(k);
    const Choice& choice = choices[at % choices.size()];
    const HoldoutPart& part = parts[at / choices.size()];
    const auto rows =
        am::evaluate_model(model, snapshots, options[at], time, {choice.starts, request_.bootstrap, distances_});
    const std::lock_guard lock(mutex);
    keep_model(part, choices.size() == 1 ? "" : ".from-" + am::to_string(choice.starts.front()), model);
    Progress& so_far = progress[at / choices.size()];
    for (const auto& row : rows) so_far.rows.push_back({row, tuner_.wanted() ? choice.tuned.setting : ""});
    so_far.seconds += watch.seconds() - begun[at];
    if (++so_far.fits < choices.size()) return;
    const auto place = [&](const Row& row) {
      return std::find_if(able.begin(), able.end(),
                          [&](const am::Start& s) { return am::to_string(s) == row.row.from; });
    };
    std::sort(so_far.rows.begin(), so_far.rows.end(), [&](const Row& a, const Row& b) { return place(a) < place(b); });
    record(part, so_far.rows, coupled + so_far.seconds);
  };
  am::fit_series(snapshots, options, hooks, context_.reporter);
}

void Run::do_baselines(const HoldoutPart& part) {
  const cli::Stopwatch watch;
  const std::string setting = tuner_.wanted() ? "NA" : "";  // baselines have nothing that is tuned
  std::vector<Row> rows;
  const auto found = naming_input([&] {
    return am::evaluate_baselines(embedding_.snapshots, plain_, part.time, {{}, request_.bootstrap, distances_},
                                  part.baseline_seed);
  });
  for (const auto& row : found) rows.push_back({row, setting});
  record(part, rows, watch.seconds());
}

/// What is kept is on the disk at any moment, so that the process can end at once, whatever it is at.
std::string Run::if_interrupted() const {
  const std::string tool = "instar-holdout: warning: interrupted ";
  if (journal_.empty()) return tool + "before anything was finished: nothing is kept, the same command starts anew";
  const auto finished =
      std::count_if(parts_.begin(), parts_.end(), [&](const HoldoutPart& part) { return journal_.has(part.name()); });
  return tool + "after " + std::to_string(finished) + " of " + std::to_string(parts_.size()) +
         " parts; go on with: " + context_.command_line + (request_.resume ? "" : " --resume");
}

/// Writes to the journal, and what is said of it.
void Run::keep(const std::function<void()>& write) {
  if (!note_) return write();
  note_->renew([&] {
    write();
    return if_interrupted();
  });
}

/// Which parts there are, and whether they can be done.
void Run::plan() {
  const std::string place = place_of_times(embedding_.file.path(), request_.fit.embedding.time_key);
  PartsRequest wanted{request_.times,
                      embedding_.times.unit,
                      place,
                      request_.seeds,
                      request_.shard,
                      !request_.baselines_only,
                      request_.baselines || request_.baselines_only};
  if (wanted.seeds.empty()) wanted.seeds = {std::to_string(context_.common.seed)};
  if (wanted.times != "interior")
    require_times("--times",
                  core::times_in_unit("--times", core::parse_time_list(wanted.times), embedding_.times.unit, place),
                  embedding_.snapshots.times, embedding_.file.path());
  parts_ = naming_input([&] { return holdout_parts(wanted, embedding_.snapshots, plain_.exclude_times); });
  if (request_.refit.wanted) return;
  std::vector<double> times;
  for (const auto& part : parts_) times.push_back(part.time);
  warn_of_seen_times(embedding_.file, request_.fit.embedding.basis, times, "start from counts with --refit-pca, or ",
                     context_.reporter);
}

HoldoutTable Run::table() const {
  HoldoutTable table;
  table.columns = holdout_columns(columns_);
  for (const auto& part : parts_) {
    const auto& rows = journal_.rows(part.name());
    table.rows.insert(table.rows.end(), rows.begin(), rows.end());
  }
  table.sort();
  return table;
}

HoldoutTable Run::run() {
  plan();
  if (request_.resume && request_.output == "-")
    throw UsageError("--resume needs a file as output, not standard output");
  io::check_writable(request_.output);
  if (!request_.model_dir.empty()) io::make_folder(request_.model_dir);
  take_up();
  if (!journal_.path().empty()) note_.emplace(if_interrupted());

  for (std::size_t begin = 0; begin < parts_.size();) {
    const double time = parts_[begin].time;
    std::vector<HoldoutPart> fits;
    std::vector<HoldoutPart> rest;
    for (; begin < parts_.size() && parts_[begin].time == time; ++begin)
      if (!journal_.has(parts_[begin].name())) (parts_[begin].seed ? fits : rest).push_back(parts_[begin]);
    if (fits.empty() && rest.empty()) continue;
    use_coordinates_without(time);
    do_fits(time, fits);
    for (const auto& part : rest) do_baselines(part);
  }
  return table();
}

}  // namespace

HoldoutTable evaluate_held_out(const HoldoutRequest& request, cli::Context& context) {
  return Run(request, context).run();
}

void forget_journal(const std::string& output) { HoldoutJournal(output, "").remove(); }

}  // namespace instar::tools
