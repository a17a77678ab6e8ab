// Loops of our own kernels over the thread budget in force. Every index writes its own part, so the
// result does not depend on how indices are dealt out.
#pragma once
#include <cstdint>

#include "kernels/detail/onednn.hpp"

#if LAMARCK_OPENMP
#include <omp.h>
#elif LAMARCK_TBB
#include <tbb/parallel_for.h>
#endif

namespace lamarck::kernels::detail {

/// body(0), ..., body(count - 1), in any order and perhaps at once. `body` must not throw.
template <class Body>
void parallel_for(std::int64_t count, const Body& body) {
#if LAMARCK_OPENMP
  if (count > 1 && omp_get_max_threads() > 1) {
#pragma omp parallel for schedule(static)
    for (std::int64_t i = 0; i < count; ++i) body(i);
    return;
  }
#elif LAMARCK_TBB
  if (count > 1 && tbb::this_task_arena::max_concurrency() > 1) {
    tbb::parallel_for(std::int64_t{0}, count, body);
    return;
  }
#endif
  for (std::int64_t i = 0; i < count; ++i) body(i);
}

}  // namespace lamarck::kernels::detail
