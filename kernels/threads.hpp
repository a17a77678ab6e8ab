// How many threads the kernels called from here may use. oneDNN on OpenMP takes it from the calling
// thread's OpenMP setting; oneDNN on TBB from a task arena of that size.
#pragma once
#include <functional>

namespace lamarck::kernels {

/// Runs `work` in the calling thread with this budget for the kernels it creates and runs, then
/// puts the old one back. A primitive must be run with the budget it was built with. \throws
/// std::invalid_argument unless threads >= 1; whatever `work` throws
void with_threads(int threads, const std::function<void()>& work);

/// The budget in force in this thread.
[[nodiscard]] int current_threads();

}  // namespace lamarck::kernels
