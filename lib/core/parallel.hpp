#pragma once

#include <cstddef>
#include <functional>

#include "core/types.hpp"

namespace instar::core {

/// How many threads a request means: `requested` if positive, else OMP_NUM_THREADS, else all cores of this process.
int resolve_threads(int requested);

/// Sets the number of threads that parallel_for uses from now on in the whole process; tools call it once.
void set_threads(int threads);
int threads();

/// Runs task(0) ... task(count - 1), each exactly once, on up to threads() threads. The one place of the house where
/// threads are made. Tasks must not depend on each other; what they compute must be a function of their number, so that
/// results are the same bytes for any number of threads. Called inside a task it runs serially.
/// @throws whatever a task threw (of several, the one with the lowest number)
void parallel_for(Index count, const std::function<void(Index)>& task);

/// Runs body(begin, end) over [0, count) cut into pieces of `grain`; boundaries depend on `grain` alone.
void parallel_chunks(Index count, Index grain, const std::function<void(Index, Index)>& body);

}  // namespace instar::core
