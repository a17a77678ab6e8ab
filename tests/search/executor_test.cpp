// Jobs on workers: started in order, never more at once than workers, each given back once.
#include "search/detail/executor.hpp"

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include "tests/catch.hpp"

using namespace lamarck::search;
using lamarck::search::detail::Executor;
using namespace std::chrono_literals;

namespace {

Result scored(double score) { return {.metrics = {{"score", score}}, .message = ""}; }

}  // namespace

TEST_CASE("every job comes back once with what it gave", "[executor]") {
  for (const int workers : {1, 2, 5}) {
    Executor executor{workers};
    for (std::size_t id = 0; id < 40; ++id)
      executor.submit(id, [id] { return scored(static_cast<double>(id)); });
    CHECK(executor.pending() == 40);
    std::set<std::size_t> seen;
    while (executor.pending() > 0) {
      const auto done = executor.wait(10s);
      REQUIRE(done);
      REQUIRE(done->result);
      CHECK_FALSE(done->error);
      CHECK(done->result->metrics.at("score") == static_cast<double>(done->id));
      CHECK(seen.insert(done->id).second);
    }
    CHECK(seen.size() == 40);
    CHECK_FALSE(executor.wait(1ms));
  }
}

TEST_CASE("jobs start in the order given and as many at once as there are workers", "[executor]") {
  constexpr std::size_t kWorkers = 3;
  Executor executor{static_cast<int>(kWorkers)};
  std::mutex mutex;
  std::vector<std::size_t> started;
  std::atomic<std::size_t> running{0};
  std::atomic<std::size_t> most{0};
  for (std::size_t id = 0; id < 24; ++id)
    executor.submit(id, [&, id]() -> std::optional<Result> {
      const std::size_t now = ++running;
      {
        const std::lock_guard lock{mutex};
        started.push_back(id);
        most = std::max(most.load(), now);
      }
      // The first ones wait for each other: with fewer threads than workers this would not end.
      for (int i = 0; i < 10'000 && id < kWorkers && most < kWorkers; ++i)
        std::this_thread::sleep_for(1ms);
      std::this_thread::sleep_for(1ms);
      --running;
      return scored(0);
    });
  while (executor.pending() > 0) REQUIRE(executor.wait(20s));
  CHECK(most == kWorkers);
  // Who takes a job may be overtaken before it is written down, by the other workers alone.
  for (std::size_t i = 0; i < started.size(); ++i) {
    CHECK(started[i] + kWorkers > i);
    CHECK(started[i] < i + kWorkers);
  }
}

TEST_CASE("a job gets the threads that it may use", "[executor]") {
  constexpr int kThreads = 3;
  Executor executor{1, kThreads};
  std::atomic<int> at_once{0};
  executor.submit(0, [&] {
    oneapi::tbb::task_arena arena{kThreads};
    arena.execute([&] {
      oneapi::tbb::parallel_for(
          0, kThreads,
          [&](int) {
            ++at_once;
            // All wait for each other: fewer threads would give up.
            for (int i = 0; i < 10'000 && at_once < kThreads; ++i) std::this_thread::sleep_for(1ms);
          },
          oneapi::tbb::simple_partitioner{});
    });
    return scored(at_once);
  });
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(executor.wait(60s));
  CHECK(std::chrono::steady_clock::now() - began < 9s);
}

TEST_CASE("what a job throws comes back with its id and the others go on", "[executor]") {
  Executor executor{2};
  executor.submit(0, []() -> std::optional<Result> { throw std::runtime_error("this one"); });
  executor.submit(1, []() -> std::optional<Result> { return std::nullopt; });  // cancelled
  executor.submit(2, [] { return scored(2); });
  for (int i = 0; i < 3; ++i) {
    const auto done = executor.wait(10s);
    REQUIRE(done);
    CHECK(done->result.has_value() == (done->id == 2));
    REQUIRE((done->error != nullptr) == (done->id == 0));
    if (done->error) CHECK_THROWS_WITH(std::rethrow_exception(done->error), "this one");
  }
}

TEST_CASE("an executor that goes waits for what runs and starts nothing more", "[executor]") {
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  {
    Executor executor{1};
    for (std::size_t id = 0; id < 50; ++id)
      executor.submit(id, [&] {
        ++begun;
        std::this_thread::sleep_for(20ms);
        ++ended;
        return scored(0);
      });
    while (begun == 0) std::this_thread::sleep_for(1ms);
  }
  CHECK(begun == ended);
  CHECK(begun >= 1);
  CHECK(begun < 50);
}
