// Written for the vectoriser: every rule is a value with its scalars in registers, and each pointer
// is the only way to its memory. The build turns off errno for this file, or no loop with a square
// root would be vectorised.
#include "nn/training/detail/update.hpp"

#include <array>
#include <cmath>

namespace lamarck::nn::detail {
namespace {

// Without momentum no buffer is kept. A buffer that starts at 0 becomes the first gradient, which
// is how PyTorch sets it.
template <bool kMomentum, bool kNesterov>
struct Sgd {
  static constexpr bool kFirst = kMomentum, kSecond = false;
  float rate, scale, decay, momentum;
  explicit Sgd(const StepNumbers& n)
      : rate{n.rate}, scale{n.gradient_scale}, decay{n.decay}, momentum{n.momentum} {}
  float operator()(float weight, float gradient, float& buffer, float&) const {
    const float g = scale * gradient + decay * weight;
    if constexpr (!kMomentum) return weight - rate * g;
    buffer = momentum * buffer + g;
    return weight - rate * (kNesterov ? g + momentum * buffer : buffer);
  }
};

// Adam and AdamW: the one adds the decay to the gradient, the other shrinks the weight.
struct Adam {
  static constexpr bool kFirst = true, kSecond = true;
  StepNumbers n;
  explicit Adam(const StepNumbers& numbers) : n{numbers} {}
  float operator()(float weight, float gradient, float& m, float& v) const {
    const float w = n.keep_weight * weight;
    const float g = n.gradient_scale * gradient + n.decay * w;
    m = n.keep_first * m + n.add_first * g;
    v = n.keep_second * v + n.add_second * g * g;
    return w - n.corrected_rate * m / (std::sqrt(v) / n.root_correction + n.epsilon);
  }
};

template <bool kMomentum>
struct Rmsprop {
  static constexpr bool kFirst = kMomentum, kSecond = true;
  StepNumbers n;
  explicit Rmsprop(const StepNumbers& numbers) : n{numbers} {}
  float operator()(float weight, float gradient, float& buffer, float& v) const {
    const float g = n.gradient_scale * gradient + n.decay * weight;
    v = n.keep_second * v + n.add_second * g * g;
    const float move = g / (std::sqrt(v) + n.epsilon);
    if constexpr (!kMomentum) return weight - n.rate * move;
    buffer = n.momentum * buffer + move;
    return weight - n.rate * buffer;
  }
};

template <bool kAverage, bool kHalves, class Rule>
void sweep(const Rule rule, float keep, float add, std::size_t size, float* __restrict weights,
           const float* __restrict gradients, float* __restrict first, float* __restrict second,
           float* __restrict average, kernels::Bfloat16* __restrict halves) {
  for (std::size_t i = 0; i < size; ++i) {
    float a = 0;
    float b = 0;
    if constexpr (Rule::kFirst) a = first[i];
    if constexpr (Rule::kSecond) b = second[i];
    const float weight = rule(weights[i], gradients[i], a, b);
    weights[i] = weight;
    if constexpr (Rule::kFirst) first[i] = a;
    if constexpr (Rule::kSecond) second[i] = b;
    if constexpr (kAverage) average[i] = keep * average[i] + add * weight;
    if constexpr (kHalves) halves[i] = kernels::Bfloat16(weight);
  }
}

template <class Rule>
void apply(const StepNumbers& n, const StepSpans& s) {
  const auto run = [&]<bool kAverage, bool kHalves>() {
    sweep<kAverage, kHalves>(Rule{n}, n.keep_average, n.add_average, s.size, s.weights, s.gradients,
                             s.first, s.second, s.average, s.halves);
  };
  if (s.average != nullptr)
    s.halves != nullptr ? run.template operator()<true, true>()
                        : run.template operator()<true, false>();
  else
    s.halves != nullptr ? run.template operator()<false, true>()
                        : run.template operator()<false, false>();
}

}  // namespace

void update(const OptimizerOptions& options, const StepNumbers& n, const StepSpans& s) {
  switch (options.kind) {
    case OptimizerKind::sgd:
      if (options.momentum == 0) return apply<Sgd<false, false>>(n, s);
      return options.nesterov ? apply<Sgd<true, true>>(n, s) : apply<Sgd<true, false>>(n, s);
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
      return apply<Adam>(n, s);
    case OptimizerKind::rmsprop:
      return options.momentum == 0 ? apply<Rmsprop<false>>(n, s) : apply<Rmsprop<true>>(n, s);
  }
}

// Eight running sums: independent, so that they vectorise, and added in one order.
double squared_norm(std::span<const float> values) {
  constexpr std::size_t kLanes = 8;
  std::array<double, kLanes> sums{};
  const std::size_t whole = values.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double x = values[i + lane];
      sums[lane] += x * x;
    }
  double sum = 0;
  for (const double each : sums) sum += each;
  for (std::size_t i = whole; i < values.size(); ++i) {
    const double x = values[i];
    sum += x * x;
  }
  return sum;
}

}  // namespace lamarck::nn::detail
