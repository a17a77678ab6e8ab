#include "nn/training/divergence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lamarck::nn {

std::optional<std::string> DivergenceGuard::watch(double loss) {
  if (!std::isfinite(loss)) return fmt::format("loss is {}", loss);
  if (steps_++ == 0) start_ = std::max(start_, loss);
  if (steps_ > kFewSteps && loss > kTimes * start_)
    return fmt::format("loss is {:.4g}, above {:g} times its start of {:.4g}", loss, kTimes,
                       start_);
  return std::nullopt;
}

}  // namespace lamarck::nn
