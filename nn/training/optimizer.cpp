#include "nn/training/optimizer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <stdexcept>
#include <string>

namespace lamarck::nn {
namespace {

// What a loop over one block needs, in registers.
struct Pass {
  float rate, decay, scale;  // scale: of the gradient, from clipping
  float momentum, alpha, beta1, beta2, epsilon;
  float first_correction, second_correction;
  float average;         // share of the old average that stays
  bool nesterov, start;  // start: the momentum buffer is set, not mixed
};

struct Spans {
  float* __restrict weights;
  const float* __restrict gradients;
  float* __restrict first;
  float* __restrict second;
  float* __restrict average;
};

// One loop an optimiser: `update` turns (weight, gradient, state) into the new weight. The average,
// where there is one, moves in the same pass.
template <bool kAverage, class Update>
void sweep(const Spans& s, std::size_t begin, std::size_t end, float average,
           const Update& update) {
  for (std::size_t i = begin; i < end; ++i) {
    const float w = update(i);
    s.weights[i] = w;
    if constexpr (kAverage) s.average[i] = average * s.average[i] + (1.0F - average) * w;
  }
}

template <bool kAverage>
void sgd(const Spans& s, std::size_t begin, std::size_t end, const Pass& p) {
  sweep<kAverage>(s, begin, end, p.average, [&](std::size_t i) {
    const float w = s.weights[i];
    const float g = p.scale * s.gradients[i] + p.decay * w;
    const float buffer = p.start ? g : p.momentum * s.first[i] + g;
    s.first[i] = buffer;
    return w - p.rate * (p.nesterov ? g + p.momentum * buffer : buffer);
  });
}

template <bool kAverage>
void plain_sgd(const Spans& s, std::size_t begin, std::size_t end, const Pass& p) {
  sweep<kAverage>(s, begin, end, p.average, [&](std::size_t i) {
    const float w = s.weights[i];
    return w - p.rate * (p.scale * s.gradients[i] + p.decay * w);
  });
}

template <bool kAverage, bool kDecoupled>
void adam(const Spans& s, std::size_t begin, std::size_t end, const Pass& p) {
  const float keep = kDecoupled ? 1.0F - p.rate * p.decay : 1.0F;
  const float step = p.rate / p.first_correction;
  const float root = std::sqrt(p.second_correction);
  sweep<kAverage>(s, begin, end, p.average, [&](std::size_t i) {
    const float w = keep * s.weights[i];
    const float g = p.scale * s.gradients[i] + (kDecoupled ? 0.0F : p.decay * w);
    const float m = p.beta1 * s.first[i] + (1.0F - p.beta1) * g;
    const float v = p.beta2 * s.second[i] + (1.0F - p.beta2) * g * g;
    s.first[i] = m;
    s.second[i] = v;
    return w - step * m / (std::sqrt(v) / root + p.epsilon);
  });
}

template <bool kAverage, bool kMomentum>
void rmsprop(const Spans& s, std::size_t begin, std::size_t end, const Pass& p) {
  sweep<kAverage>(s, begin, end, p.average, [&](std::size_t i) {
    const float w = s.weights[i];
    const float g = p.scale * s.gradients[i] + p.decay * w;
    const float v = p.alpha * s.second[i] + (1.0F - p.alpha) * g * g;
    s.second[i] = v;
    float move = g / (std::sqrt(v) + p.epsilon);
    if constexpr (kMomentum) {
      move = p.momentum * s.first[i] + move;
      s.first[i] = move;
    }
    return w - p.rate * move;
  });
}

template <bool kAverage>
void update(OptimizerKind kind, const Spans& s, std::size_t begin, std::size_t end, const Pass& p) {
  switch (kind) {
    case OptimizerKind::sgd:
      return p.momentum > 0 ? sgd<kAverage>(s, begin, end, p)
                            : plain_sgd<kAverage>(s, begin, end, p);
    case OptimizerKind::adam:
      return adam<kAverage, false>(s, begin, end, p);
    case OptimizerKind::adamw:
      return adam<kAverage, true>(s, begin, end, p);
    case OptimizerKind::rmsprop:
      return p.momentum > 0 ? rmsprop<kAverage, true>(s, begin, end, p)
                            : rmsprop<kAverage, false>(s, begin, end, p);
  }
}

// In eight running sums, so that it vectorises and the order of additions is fixed.
double squared_norm(std::span<const float> values) {
  std::array<double, 8> sums{};
  std::size_t i = 0;
  for (; i + 8 <= values.size(); i += 8)
    for (std::size_t lane = 0; lane < 8; ++lane) {
      const double x = values[i + lane];
      sums[lane] += x * x;
    }
  for (; i < values.size(); ++i) sums[0] += static_cast<double>(values[i]) * values[i];
  double sum = 0;
  for (const double one : sums) sum += one;
  return sum;
}

void check(const OptimizerOptions& o) {
  const auto need = [](bool fine, const char* what) {
    if (!fine) throw std::invalid_argument(std::string{"optimizer: "} + what);
  };
  need(o.rate >= 0 && std::isfinite(o.rate), "rate must be at least 0");
  need(o.momentum >= 0 && o.momentum < 1, "momentum must be in [0, 1)");
  need(!o.nesterov || (o.kind == OptimizerKind::sgd && o.momentum > 0),
       "nesterov needs sgd with a momentum above 0");
  need(o.beta1 >= 0 && o.beta1 < 1 && o.beta2 >= 0 && o.beta2 < 1,
       "beta1 and beta2 must be in [0, 1)");
  need(o.alpha >= 0 && o.alpha < 1, "alpha must be in [0, 1)");
  need(o.epsilon > 0, "epsilon must be above 0");
  need(o.weight_decay >= 0, "weight_decay must be at least 0");
  need(o.clip >= 0, "clip must be at least 0");
  need(o.ema >= 0 && o.ema < 1, "ema must be in [0, 1)");
}

}  // namespace

Optimizer::Optimizer(const OptimizerOptions& options, std::vector<ParameterBlock> blocks,
                     std::size_t parameters)
    : options_{options}, blocks_{std::move(blocks)} {
  check(options_);
  const bool adaptive = options_.kind != OptimizerKind::sgd;
  const bool momentum = options_.momentum > 0 && (options_.kind == OptimizerKind::sgd ||
                                                  options_.kind == OptimizerKind::rmsprop);
  const bool adam_like =
      options_.kind == OptimizerKind::adam || options_.kind == OptimizerKind::adamw;
  if (momentum || adam_like) first_.assign(parameters, 0.0F);
  if (adaptive) second_.assign(parameters, 0.0F);
  if (options_.ema > 0) average_.assign(parameters, 0.0F);
}

double Optimizer::step(double rate, std::span<float> parameters, std::span<const float> gradients) {
  const double norm = std::sqrt(squared_norm(gradients));
  if (!std::isfinite(norm)) return norm;
  const auto number = static_cast<double>(steps_ + 1);
  if (steps_ == 0 && !average_.empty())
    std::copy(parameters.begin(), parameters.end(), average_.begin());

  Pass pass{};
  pass.rate = static_cast<float>(rate);
  pass.scale =
      options_.clip > 0 && norm > options_.clip ? static_cast<float>(options_.clip / norm) : 1.0F;
  pass.momentum = static_cast<float>(options_.momentum);
  pass.alpha = static_cast<float>(options_.alpha);
  pass.beta1 = static_cast<float>(options_.beta1);
  pass.beta2 = static_cast<float>(options_.beta2);
  pass.epsilon = static_cast<float>(options_.epsilon);
  pass.first_correction = static_cast<float>(1 - std::pow(options_.beta1, number));
  pass.second_correction = static_cast<float>(1 - std::pow(options_.beta2, number));
  pass.average = static_cast<float>(std::min(options_.ema, number / (9 + number)));
  pass.nesterov = options_.nesterov;
  pass.start = steps_ == 0;

  const Spans spans{parameters.data(), gradients.data(), first_.data(), second_.data(),
                    average_.data()};
  for (const ParameterBlock& block : blocks_) {
    pass.decay = block.decayed ? static_cast<float>(options_.weight_decay) : 0.0F;
    const std::size_t end = block.offset + block.size;
    if (average_.empty())
      update<false>(options_.kind, spans, block.offset, end, pass);
    else
      update<true>(options_.kind, spans, block.offset, end, pass);
  }
  ++steps_;
  return norm;
}

std::vector<float> Optimizer::state() const {
  std::vector<float> state;
  state.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(steps_)));
  for (const auto* part : {&first_, &second_, &average_})
    state.insert(state.end(), part->begin(), part->end());
  return state;
}

void Optimizer::restore(std::span<const float> state) {
  const std::size_t expected = 1 + first_.size() + second_.size() + average_.size();
  if (state.size() != expected)
    throw std::invalid_argument("optimizer: a state of " + std::to_string(expected) +
                                " numbers is expected, got " + std::to_string(state.size()));
  steps_ = std::bit_cast<std::uint32_t>(state[0]);
  std::size_t at = 1;
  for (auto* part : {&first_, &second_, &average_}) {
    std::copy_n(state.begin() + static_cast<std::ptrdiff_t>(at), part->size(), part->begin());
    at += part->size();
  }
}

}  // namespace lamarck::nn
