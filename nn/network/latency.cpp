#include "nn/network/latency.hpp"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "kernels/random.hpp"
#include "kernels/threads.hpp"
#include "nn/blocks.hpp"
#include "nn/network/network.hpp"

namespace lamarck::nn {
namespace {

constexpr int kRounds = 31;
constexpr double kTurnSeconds = 5e-4;  // long beside the clock's resolution and a cold cache
constexpr int kMostRuns = 1000;        // a turn

// Binds this thread to the core it is on, for as long as it lives.
class Pinned {
 public:
  Pinned() {
    known_ = sched_getaffinity(0, sizeof before_, &before_) == 0;
    const int core = sched_getcpu();
    if (!known_ || core < 0) return;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    sched_setaffinity(0, sizeof one, &one);  // where it is forbidden, the median must do
  }
  ~Pinned() {
    if (known_) sched_setaffinity(0, sizeof before_, &before_);
  }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  cpu_set_t before_{};
  bool known_ = false;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

class Turns {
 public:
  explicit Turns(const Model& model, bool winograd = true)
      : network_{model, {.batch = 1, .pass = kernels::Pass::inference, .winograd = winograd}} {
    Random random{1, "latency"};
    for (float& x : network_.input()) x = static_cast<float>(random.normal());
    constexpr int kWarmUp = 3;
    for (int i = 0; i < kWarmUp; ++i) network_.forward();
    runs_ = static_cast<int>(std::clamp(kTurnSeconds / take(), 1.0, double{kMostRuns}));
  }
  // Seconds of one pass, as the mean of a turn.
  double take() {
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < runs_; ++i) network_.forward();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
    return taken.count() / runs_;
  }

 private:
  Network network_;
  int runs_ = 1;
};

// One measurement at a time: two would be each other's noise.
template <class Work>
void alone(const Work& work) {
  static std::mutex one;
  const std::lock_guard lock{one};
  const Pinned pinned;
  kernels::with_threads(1, work);
}

}  // namespace

Model latency_reference() { return make_model(built_in("mobile", {3, 32, 32}, 10), {}, 1); }

LatencyMeter::LatencyMeter() : reference_seconds_{0} {
  alone([&] {
    Turns reference{latency_reference()};
    std::vector<double> seconds;
    for (int i = 0; i < kRounds; ++i) seconds.push_back(reference.take());
    reference_seconds_ = median(std::move(seconds));
  });
}

LatencyMeter::LatencyMeter(double reference_seconds) : reference_seconds_{reference_seconds} {
  if (!(reference_seconds > 0))
    throw std::invalid_argument("latency: the reference's time must be above 0");
}

double LatencyMeter::measure(const Model& model, bool winograd) const {
  double ratio = 0;
  alone([&] {
    Turns reference{latency_reference()};
    Turns mine{model, winograd};
    std::vector<double> ratios;
    for (int i = 0; i < kRounds; ++i) {
      const double unit = reference.take();
      ratios.push_back(mine.take() / unit);
    }
    ratio = median(std::move(ratios));
  });
  return ratio * reference_seconds_;
}

}  // namespace lamarck::nn
