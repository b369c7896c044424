#include "core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <limits>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "core/signals_blocked.hpp"

namespace instar::core {
namespace {

/// How long an idle thread looks for work before it sleeps: longer than waking it takes, shorter than anyone sharing
/// the processor would notice.
constexpr std::chrono::microseconds kSpin{50};

std::atomic<int> g_threads{0};
thread_local bool t_inside_task = false;

template <typename Condition>
void spin_until(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + kSpin;
  do {
    for (int i = 0; i < 64; ++i) {
      if (condition()) return;
    }
  } while (std::chrono::steady_clock::now() < end);
}

/// Threads that wait for loops. Unlike OpenMP's, a loop does not wait for threads that have not come: the caller takes
/// tasks as they do, so when another process holds a core the caller does all the work instead of standing in a
/// barrier.
class Pool {
 public:
  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
      ++posted_;
    }
    wake_.notify_all();
    for (std::thread& thread : workers_) thread.join();
  }

  /// Runs task(0) ... task(count - 1) on up to `team` threads; false where the pool serves another loop already.
  bool run(Index count, int team, const std::function<void(Index)>& task) {
    const std::unique_lock user(user_, std::try_to_lock);
    if (!user) return false;
    Loop loop{task, count, {}};
    {
      const std::lock_guard lock(mutex_);
      hire(team - 1);
      loop_ = &loop;
      seats_ = team - 1;
      ++posted_;
    }
    wake_.notify_all();
    work(loop);
    {
      const std::lock_guard lock(mutex_);
      loop_ = nullptr;  // nobody joins any more
    }
    spin_until([&] { return inside_ == 0; });
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [&] { return inside_ == 0; });
    return true;
  }

 private:
  struct Loop {
    const std::function<void(Index)>& task;
    Index count;
    std::atomic<Index> next;
  };

  void hire(int wanted) {
    try {
      // Signals are the calling thread's to take, never a worker's: one that interrupted a matrix product on a worker
      // has been seen to damage the heap.
      const SignalsBlocked blocked;  // which new threads inherit
      while (static_cast<int>(workers_.size()) < wanted) workers_.emplace_back([this] { serve(); });
    } catch (const std::system_error&) {
      // The system allows no more threads: the ones there are, and the caller, do all the work.
    }
  }

  static void work(Loop& loop) {
    t_inside_task = true;
    for (Index i = loop.next++; i < loop.count; i = loop.next++) loop.task(i);
    t_inside_task = false;
  }

  void serve() {
    std::uint64_t seen = 0;
    for (;;) {
      spin_until([&] { return posted_ != seen; });
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return posted_ != seen; });
      if (stop_) return;
      seen = posted_;
      if (loop_ == nullptr || seats_ == 0) continue;
      Loop& loop = *loop_;
      --seats_;
      ++inside_;
      lock.unlock();
      work(loop);
      lock.lock();
      if (--inside_ == 0) idle_.notify_one();
    }
  }

  std::mutex user_;   ///< held by the one caller whose loop is running
  std::mutex mutex_;  ///< guards what follows; the atomics are also read without it, while spinning
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::vector<std::thread> workers_;
  Loop* loop_ = nullptr;
  int seats_ = 0;                         ///< threads that may still join the loop
  std::atomic<int> inside_{0};            ///< threads working on the loop, the caller not counted
  std::atomic<std::uint64_t> posted_{0};  ///< number of loops so far
  bool stop_ = false;
};

Pool& pool() {
  static Pool instance;
  return instance;
}

int default_threads() {
  if (const char* text = std::getenv("OMP_NUM_THREADS")) {
    if (const int number = std::atoi(text); number > 0) return number;
  }
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

int resolve_threads(int requested) {
  static const int fallback = default_threads();
  return requested > 0 ? requested : fallback;
}

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
  if (team <= 1 || t_inside_task || !pool().run(count, team, std::ref(guarded))) {
    for (Index i = 0; i < count; ++i) guarded(i);
  }
  if (first_error) std::rethrow_exception(first_error);
}

void parallel_chunks(Index count, Index grain, const std::function<void(Index, Index)>& body) {
  const Index chunks = (count + grain - 1) / grain;
  parallel_for(chunks, [&](Index c) { body(c * grain, std::min(count, (c + 1) * grain)); });
}

}  // namespace instar::core
