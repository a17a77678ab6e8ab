#include "kernels/threads.hpp"

#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/catch.hpp"

using namespace lamarck::kernels;

TEST_CASE("a thread budget holds for the work and is put back", "[threads]") {
  const int before = current_threads();
  int inside = 0;
  with_threads(3, [&] { inside = current_threads(); });
  CHECK(inside == 3);
  CHECK(current_threads() == before);
}

TEST_CASE("thread budgets nest", "[threads]") {
  std::vector<int> seen;
  with_threads(2, [&] {
    seen.push_back(current_threads());
    with_threads(1, [&] {
      seen.push_back(current_threads());
      with_threads(4, [&] { seen.push_back(current_threads()); });
      seen.push_back(current_threads());
    });
    seen.push_back(current_threads());
  });
  CHECK(seen == std::vector{2, 1, 4, 1, 2});
}

TEST_CASE("work that throws leaves the old budget", "[threads]") {
  const int before = current_threads();
  CHECK_THROWS_WITH(with_threads(2, [] { throw std::runtime_error("lost"); }), "lost");
  CHECK(current_threads() == before);
}

TEST_CASE("a budget below one is refused", "[threads]") {
  CHECK_THROWS_AS(with_threads(0, [] {}), std::invalid_argument);
  CHECK_THROWS_AS(with_threads(-1, [] {}), std::invalid_argument);
}

TEST_CASE("each thread has a budget of its own", "[threads]") {
  std::vector<int> wrong(8, 0);
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([t, &wrong] {
      for (int i = 0; i < 200; ++i)
        with_threads(1 + (t + i) % 5, [&] {
          std::this_thread::yield();
          if (current_threads() != 1 + (t + i) % 5) ++wrong[static_cast<std::size_t>(t)];
        });
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(8, 0));
}
