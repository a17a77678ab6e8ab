#include "nn/training/optimizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "nn/training/detail/update.hpp"

namespace lamarck::nn {
namespace {

// A count of steps as two whole numbers that a float holds exactly.
constexpr std::uint64_t kCountBase = 1ULL << 24;

void need(bool holds, const char* option, const char* range, double found) {
  if (!holds)
    throw std::invalid_argument(
        fmt::format("optimizer: {} must be {}, got {}", option, range, found));
}

void check(const OptimizerOptions& o) {
  const auto share = [](const char* option, double value) {
    need(value >= 0 && value < 1, option, "in [0, 1)", value);
  };
  const auto amount = [](const char* option, double value) {
    need(value >= 0 && std::isfinite(value), option, "finite and at least 0", value);
  };
  amount("rate", o.rate);
  share("momentum", o.momentum);
  share("beta1", o.beta1);
  share("beta2", o.beta2);
  share("alpha", o.alpha);
  need(o.epsilon > 0 && std::isfinite(o.epsilon), "epsilon", "above 0", o.epsilon);
  amount("weight_decay", o.weight_decay);
  amount("clip", o.clip);
  share("ema", o.ema);
  if (o.nesterov && (o.kind != OptimizerKind::sgd || o.momentum == 0))
    throw std::invalid_argument("optimizer: nesterov needs sgd with a momentum above 0");
}

void check(const std::vector<ParameterBlock>& blocks, std::size_t parameters) {
  for (const ParameterBlock& block : blocks)
    if (block.offset > parameters || block.size > parameters - block.offset)
      throw std::invalid_argument(
          fmt::format("optimizer: block {} of {} numbers from {} lies outside of {}", block.name,
                      block.size, block.offset, parameters));
}

bool is_adam(const OptimizerOptions& o) {
  return o.kind == OptimizerKind::adam || o.kind == OptimizerKind::adamw;
}
bool keeps_first(const OptimizerOptions& o) { return is_adam(o) || o.momentum > 0; }
bool keeps_second(const OptimizerOptions& o) { return o.kind != OptimizerKind::sgd; }

// Everything but weight decay, which differs between blocks.
detail::StepNumbers step_numbers(const OptimizerOptions& o, double rate, double norm, double t) {
  const double second = is_adam(o) ? o.beta2 : o.alpha;
  const double average = std::min(o.ema, t / (9 + t));
  detail::StepNumbers n;
  n.rate = static_cast<float>(rate);
  n.gradient_scale = o.clip > 0 && norm > o.clip ? static_cast<float>(o.clip / norm) : 1.0F;
  n.momentum = static_cast<float>(o.momentum);
  n.keep_first = static_cast<float>(o.beta1);
  n.add_first = static_cast<float>(1 - o.beta1);
  n.keep_second = static_cast<float>(second);
  n.add_second = static_cast<float>(1 - second);
  n.corrected_rate = static_cast<float>(rate / (1 - std::pow(o.beta1, t)));
  n.root_correction = static_cast<float>(std::sqrt(1 - std::pow(o.beta2, t)));
  n.epsilon = static_cast<float>(o.epsilon);
  n.keep_average = static_cast<float>(average);
  n.add_average = static_cast<float>(1 - average);
  return n;
}

}  // namespace

Optimizer::Optimizer(const OptimizerOptions& options, std::vector<ParameterBlock> blocks,
                     std::size_t parameters)
    : options_{options}, blocks_{std::move(blocks)}, parameters_{parameters} {
  check(options_);
  check(blocks_, parameters_);
  if (keeps_first(options_)) first_.assign(parameters, 0.0F);
  if (keeps_second(options_)) second_.assign(parameters, 0.0F);
  if (options_.ema > 0) average_.assign(parameters, 0.0F);
}

std::size_t Optimizer::state_vectors(const OptimizerOptions& options) {
  return std::size_t{keeps_first(options)} + std::size_t{keeps_second(options)} +
         std::size_t{options.ema > 0};
}

double Optimizer::step(double rate, std::span<float> parameters, std::span<const float> gradients,
                       std::span<kernels::Bfloat16> halves) {
  if (!halves.empty() && halves.size() != parameters_)
    throw std::invalid_argument(fmt::format(
        "optimizer: expected a bf16 copy of {} parameters, got {}", parameters_, halves.size()));
  if (parameters.size() != parameters_ || gradients.size() != parameters_)
    throw std::invalid_argument(
        fmt::format("optimizer: expected {} parameters and gradients, got {} and {}", parameters_,
                    parameters.size(), gradients.size()));
  const double norm = std::sqrt(detail::squared_norm(gradients));
  if (!std::isfinite(norm)) return norm;
  if (steps_ == 0 && !average_.empty()) std::ranges::copy(parameters, average_.begin());
  ++steps_;
  detail::StepNumbers numbers = step_numbers(options_, rate, norm, static_cast<double>(steps_));
  const auto part = [](std::vector<float>& state, std::size_t offset) {
    return state.empty() ? nullptr : state.data() + offset;
  };
  for (const ParameterBlock& block : blocks_) {
    const double decay = block.decayed ? options_.weight_decay : 0.0;
    const bool decoupled = options_.kind == OptimizerKind::adamw;
    numbers.decay = decoupled ? 0.0F : static_cast<float>(decay);
    numbers.keep_weight = decoupled ? static_cast<float>(1 - rate * decay) : 1.0F;
    detail::update(options_, numbers,
                   {.weights = parameters.data() + block.offset,
                    .gradients = gradients.data() + block.offset,
                    .first = part(first_, block.offset),
                    .second = part(second_, block.offset),
                    .average = part(average_, block.offset),
                    .halves = halves.empty() ? nullptr : halves.data() + block.offset,
                    .size = block.size});
  }
  return norm;
}

std::vector<float> Optimizer::state() const {
  std::vector<float> state{static_cast<float>(steps_ % kCountBase),
                           static_cast<float>(steps_ / kCountBase)};
  for (const auto* part : {&first_, &second_, &average_})
    state.insert(state.end(), part->begin(), part->end());
  return state;
}

void Optimizer::restore(std::span<const float> state) {
  const std::size_t expected = 2 + first_.size() + second_.size() + average_.size();
  if (state.size() != expected)
    throw std::invalid_argument(
        fmt::format("optimizer: expected a state of {} numbers, got {}", expected, state.size()));
  const auto is_count = [](float x) {
    return x >= 0 && x < static_cast<float>(kCountBase) && x == std::floor(x);
  };
  if (!is_count(state[0]) || !is_count(state[1]))
    throw std::invalid_argument(
        fmt::format("optimizer: expected a state that begins with a count of steps, got {} and {}",
                    state[0], state[1]));
  steps_ = static_cast<std::uint64_t>(state[1]) * kCountBase + static_cast<std::uint64_t>(state[0]);
  state = state.subspan(2);
  for (auto* part : {&first_, &second_, &average_}) {
    std::ranges::copy(state.first(part->size()), part->begin());
    state = state.subspan(part->size());
  }
}

}  // namespace lamarck::nn
