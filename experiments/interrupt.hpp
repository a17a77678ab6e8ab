// Ctrl-C and SIGTERM as a question that can be asked.
#pragma once

namespace lamarck::experiments {

/// While one lives, the first SIGINT or SIGTERM is remembered instead of ending the process; a
/// second one ends it at once. \pre at most one at a time
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  [[nodiscard]] static bool interrupted();
};

}  // namespace lamarck::experiments
