#include "am/fit_series.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "core/parallel.hpp"

namespace instar::am {
namespace {

/// Tasks that can use `width` threads each: full rounds of one task a thread, and the rest whichever way ends first. A
/// task that runs alone may use all threads itself.
void side_by_side(Index count, Index width, const std::function<void(Index)>& task) {
  const Index team = core::threads();
  const Index rest = count % team;
  // One after another the rest takes rest / min(team, width) of the time of one task on one thread.
  const Index together = rest >= std::min(team, width) ? count : count - rest;
  core::parallel_for(together, task);
  for (Index k = together; k < count; ++k) task(k);
}

/// What each of the options is prepared to, made once for those that agree.
std::vector<std::shared_ptr<const FitProblem>> problems_of(const core::Snapshots& snapshots,
                                                           const std::vector<FitOptions>& options,
                                                           core::Reporter& reporter) {
  std::vector<std::pair<FitOptions, std::shared_ptr<const FitProblem>>> made;
  std::vector<std::shared_ptr<const FitProblem>> problems;
  for (const FitOptions& one : options) {
    one.validate();
    const FitOptions part = one.problem_part();
    auto same = std::find_if(made.begin(), made.end(), [&](const auto& other) { return other.first == part; });
    if (same == made.end()) {
      made.emplace_back(part, std::make_shared<const FitProblem>(prepare_fit(snapshots, one, reporter)));
      same = made.end() - 1;
    }
    problems.push_back(same->second);
  }
  return problems;
}

}  // namespace

void fit_series(const core::Snapshots& snapshots, const std::vector<FitOptions>& options, const SeriesHooks& hooks,
                core::Reporter& reporter) {
  const auto problems = problems_of(snapshots, options, reporter);
  const auto count = static_cast<Index>(options.size());
  double work = 0;
  Index width = 1;
  for (std::size_t k = 0; k < options.size(); ++k) {
    work += static_cast<double>(options[k].steps * options[k].ensemble);
    width = std::max(width, static_cast<Index>(problems[k]->intervals.size()));
  }
  std::int64_t steps = 0;
  std::mutex telling;  // guards steps, and the reporter, which hears of one step at a time
  side_by_side(count, width, [&](Index k) {
    const auto at = static_cast<std::size_t>(k);
    if (hooks.started) hooks.started(k);
    FitProblem problem = *problems[at];
    set_network(problem.model, options[at]);
    TrainHooks train_hooks;
    train_hooks.after_step = [&](const StepReport&) {
      const std::lock_guard lock(telling);
      ++steps;
      reporter.progress("training", static_cast<double>(steps), work, std::to_string(count) + " fits");
    };
    FitResult result = train(std::move(problem), options[at], core::silent(), train_hooks);
    if (hooks.finished) hooks.finished(k, std::move(result.model));
  });
}

}  // namespace instar::am
