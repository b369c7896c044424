#include "core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <mutex>
#include <omp.h>

namespace instar::core {
namespace {

std::atomic<int> g_threads{0};

}  // namespace

// OpenMP has read OMP_NUM_THREADS already, and without it knows the cores this process may use.
int resolve_threads(int requested) { return requested > 0 ? requested : std::max(1, omp_get_max_threads()); }

void set_threads(int threads) { g_threads = std::max(1, threads); }

int threads() {
  const int set = g_threads;
  return set > 0 ? set : resolve_threads(0);
}

void parallel_for(Index count, const std::function<void(Index)>& task) {
  std::exception_ptr first_error;
  Index first_failed = std::numeric_limits<Index>::max();
  std::mutex mutex;
  const auto guarded = [&](Index i) noexcept {
    try {
      task(i);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (i < first_failed) {
        first_failed = i;
        first_error = std::current_exception();
      }
    }
  };
  const int team = static_cast<int>(std::min<Index>(count, threads()));
  if (team <= 1 || omp_in_parallel() != 0) {
    for (Index i = 0; i < count; ++i) guarded(i);
  } else {
#pragma omp parallel for num_threads(team) schedule(dynamic, 1)
    for (Index i = 0; i < count; ++i) guarded(i);
  }
  if (first_error) std::rethrow_exception(first_error);
}

void parallel_chunks(Index count, Index grain, const std::function<void(Index, Index)>& body) {
  const Index chunks = (count + grain - 1) / grain;
  parallel_for(chunks, [&](Index c) { body(c * grain, std::min(count, (c + 1) * grain)); });
}

}  // namespace instar::core
