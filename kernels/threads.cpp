#include "kernels/threads.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "kernels/detail/onednn.hpp"

#if LAMARCK_OPENMP
#include <omp.h>
#elif LAMARCK_TBB
#include <tbb/task_arena.h>
#endif

namespace lamarck::kernels {
namespace {

#if LAMARCK_OPENMP

/// Sets the calling thread's OpenMP budget, and puts the old one back however it is left.
class Budget {
 public:
  explicit Budget(int threads) : old_{omp_get_max_threads()} { omp_set_num_threads(threads); }
  ~Budget() { omp_set_num_threads(old_); }
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

 private:
  int old_;
};

void run_within(int threads, const std::function<void()>& work) {
  const Budget budget(threads);
  work();
}

int budget() { return omp_get_max_threads(); }

#elif LAMARCK_TBB

void run_within(int threads, const std::function<void()>& work) {
  tbb::task_arena arena(threads);
  arena.execute(work);
}

int budget() { return tbb::this_task_arena::max_concurrency(); }

#else

void run_within(int, const std::function<void()>& work) { work(); }

int budget() { return 1; }

#endif

}  // namespace

void with_threads(int threads, const std::function<void()>& work) {
  if (threads < 1)
    throw std::invalid_argument(
        fmt::format("with_threads: threads must be at least 1, got {}", threads));
  run_within(threads, work);
}

int current_threads() { return budget(); }

}  // namespace lamarck::kernels
