#include "search/detail/executor.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace lamarck::search::detail {

struct Executor::State {
  State(int workers, int threads_of_each)
      : threads{tbb::global_control::max_allowed_parallelism,
                static_cast<std::size_t>(workers) * static_cast<std::size_t>(threads_of_each) + 1},
        arena{workers + 1, 1} {}  // one slot is kept for the driving thread, which waits elsewhere

  std::mutex mutex;
  std::condition_variable some_done;
  std::deque<std::pair<std::size_t, Job>> waiting;
  std::deque<Done> finished;
  bool closing = false;
  // TBB starts a thread less than there are cores by itself, and none at all on one core.
  tbb::global_control threads;
  tbb::task_arena arena;
  tbb::task_group tasks;

  // Each task runs the oldest job that waits: TBB may start tasks in any order, candidates start in
  // theirs.
  void run_oldest() {
    std::pair<std::size_t, Job> next;
    {
      const std::lock_guard lock{mutex};
      if (closing || waiting.empty()) return;
      next = std::move(waiting.front());
      waiting.pop_front();
    }
    Done done{next.first, std::nullopt};
    try {
      done.result = next.second();
    } catch (...) {
      done.error = std::current_exception();
    }
    const std::lock_guard lock{mutex};
    finished.push_back(std::move(done));
    some_done.notify_one();
  }
};

Executor::Executor(int workers, int threads) : state_{std::make_shared<State>(workers, threads)} {}

Executor::~Executor() {
  {
    const std::lock_guard lock{state_->mutex};
    state_->closing = true;
  }
  state_->arena.execute([this] { state_->tasks.wait(); });
}

void Executor::submit(std::size_t id, Job job) {
  {
    const std::lock_guard lock{state_->mutex};
    state_->waiting.emplace_back(id, std::move(job));
  }
  ++pending_;
  state_->arena.enqueue(state_->tasks.defer([state = state_.get()] { state->run_oldest(); }));
}

std::optional<Executor::Done> Executor::wait(std::chrono::milliseconds patience) {
  std::unique_lock lock{state_->mutex};
  if (!state_->some_done.wait_for(lock, patience, [this] { return !state_->finished.empty(); }))
    return std::nullopt;
  Done done = std::move(state_->finished.front());
  state_->finished.pop_front();
  --pending_;
  return done;
}

}  // namespace lamarck::search::detail
