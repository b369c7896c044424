#include "nn/adam.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "nn/adam_pass.hpp"

namespace instar::nn {
namespace {

/// Parameters of one task. Fixed, so that the order of every sum is.
constexpr Index kChunk = 4096;

}  // namespace

void AdamOptions::validate() const {
  if (!(beta1 >= 0 && beta1 < 1)) throw UsageError("Adam's beta1 must be in [0, 1)");
  if (!(beta2 >= 0 && beta2 < 1)) throw UsageError("Adam's beta2 must be in [0, 1)");
  if (!(epsilon > 0)) throw UsageError("Adam's epsilon must be positive");
  if (!(ema >= 0 && ema < 1)) throw UsageError("the decay of the averaged parameters must be in [0, 1)");
  if (!(clip >= 0)) throw UsageError("the gradient norm to clip at must not be negative");
}

Adam::Adam(std::vector<float> initial)
    : parameters(std::move(initial)),
      average(parameters),
      first_moment(parameters.size(), 0.0F),
      second_moment(parameters.size(), 0.0F) {}

namespace {

/// Sum over the pieces, in their order, of what part(piece, begin, end) gives. One task a thread, of neighbouring
/// pieces: a thread so mostly meets the pieces again that it had in the step before, and finds them in its cache.
template <class Part>
double sum_over(const std::vector<Index>& pieces, const Part& part) {
  const auto count = static_cast<Index>(pieces.size()) - 1;
  const Index tasks = std::min<Index>(count, core::threads());
  std::vector<double> sums(static_cast<std::size_t>(count));
  core::parallel_for(tasks, [&](Index task) {
    for (Index i = count * task / tasks; i < count * (task + 1) / tasks; ++i) {
      const auto at = static_cast<std::size_t>(i);
      sums[at] = part(i, pieces[at], pieces[at + 1]);
    }
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

std::vector<Index> usual_pieces(Index count) {
  std::vector<Index> pieces;
  for (Index begin = 0; begin < count; begin += kChunk) pieces.push_back(begin);
  pieces.push_back(count);
  return pieces;
}

}  // namespace

double adam_step(Adam& state, const std::vector<const float*>& shards, double learning_rate, const AdamOptions& options,
                 const std::vector<Index>& given, const std::function<void(Index)>& after) {
  const auto& pieces = given.empty() ? usual_pieces(static_cast<Index>(state.parameters.size())) : given;
  double clip = 1, norm = 0;
  if (options.clip > 0) {  // only then has the norm to be known before
    norm = std::sqrt(sum_over(pieces, [&](Index, Index begin, Index end) { return squared_norm(shards, begin, end); }));
    if (!std::isfinite(norm)) return norm;
    if (norm > options.clip) clip = options.clip / norm;
  }
  const auto step = static_cast<double>(++state.steps);
  const double decay = std::min(options.ema, (1 + step) / (10 + step));
  const AdamPass pass{static_cast<float>(clip),
                      static_cast<float>(1 - options.beta1),
                      static_cast<float>(1 - options.beta2),
                      static_cast<float>(learning_rate / (1 - std::pow(options.beta1, step))),
                      static_cast<float>(1 / std::sqrt(1 - std::pow(options.beta2, step))),
                      static_cast<float>(options.epsilon),
                      static_cast<float>(1 - decay)};
  const AdamArrays arrays{state.parameters.data(), state.average.data(), state.first_moment.data(),
                          state.second_moment.data()};
  const double squares = sum_over(pieces, [&](Index i, Index begin, Index end) {
    const double sum = update(pass, shards, arrays, begin, end);
    if (after) after(i);
    return sum;
  });
  return options.clip > 0 ? norm : std::sqrt(squares);
}

double cosine_schedule(std::int64_t step, std::int64_t steps, double peak, std::int64_t warmup) {
  if (step < warmup) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup);
  if (step >= steps) return 0;
  const double along = static_cast<double>(step - warmup) / static_cast<double>(steps - warmup);
  return 0.5 * peak * (1 + std::cos(std::numbers::pi * along));
}

}  // namespace instar::nn
