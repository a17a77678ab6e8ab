// Candidates on TBB workers: jobs start in the order given, results come back through one queue.
//
// Thread safety: submit() and wait() belong to the driving thread.
#pragma once
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>

#include "search/history.hpp"

namespace lamarck::search::detail {

class Executor {
 public:
  /// What a job leaves: nothing when it was cancelled.
  struct Done {
    std::size_t id = 0;
    std::optional<Result> result;
    std::exception_ptr error = {};  ///< what the job threw
  };
  using Job = std::function<std::optional<Result>()>;

  /// `threads`: those that a job may use, its own worker among them.
  explicit Executor(int workers, int threads = 1);
  /// Waits for what is running; what has not started does not start.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  void submit(std::size_t id, Job job);
  /// Jobs submitted and not yet given back by wait().
  [[nodiscard]] std::size_t pending() const { return pending_; }
  /// The next finished job, or nothing after `patience`.
  [[nodiscard]] std::optional<Done> wait(std::chrono::milliseconds patience);

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::size_t pending_ = 0;
};

}  // namespace lamarck::search::detail
