#include "nn/network/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "kernels/buffer.hpp"
#include "kernels/combine.hpp"
#include "nn/network/detail/compile.hpp"
#include "nn/network/detail/fold.hpp"
#include "nn/network/free_memory.hpp"

namespace lamarck::nn {

using detail::Region;
using kernels::Buffer;
using kernels::DataType;

struct Network::Impl {
  NetworkOptions options;
  Model plain;  ///< as last loaded; in training the numbers now are those of the memory below
  detail::RunState state;
  detail::Compiled compiled;
  detail::Program::Space space;
  Buffer arena, parameters, gradients, statistics, halves;
  detail::Program::Steps steps;
  std::uint64_t averaged = 0;  ///< batches since begin_statistics()
  bool averaging = false, ran_forward = false;

  Impl(const Model& model, const NetworkOptions& options_);
  /// What the steps are made from: in inference, normalisations are folded into the weights.
  [[nodiscard]] Model to_lower() const;
  void allocate();
  void write(const Weights& weights);
  /// The bf16 copy of the parameters, where there is one.
  void round();
  [[nodiscard]] std::span<kernels::Bfloat16> half_parameters() const {
    return {reinterpret_cast<kernels::Bfloat16*>(halves.data()),
            halves.bytes() / sizeof(kernels::Bfloat16)};
  }
  [[nodiscard]] bool training() const { return options.pass == kernels::Pass::training; }
  [[nodiscard]] detail::Bases bases() const {
    return {arena.data(), parameters.data(), gradients.data(), statistics.data(), halves.data()};
  }
  [[nodiscard]] std::span<float> floats(const detail::Value& value) const {
    return {reinterpret_cast<float*>(compiled.program.address(value, bases())),
            value.layout.elements()};
  }
};

namespace {

/// In bytes.
struct Sizes {
  detail::Program::Space space;
  std::size_t learnt, gradients, statistics, halves;
  [[nodiscard]] std::size_t sum() const {
    return space.arena + learnt + gradients + statistics + halves;
  }
};

Sizes sizes_of(detail::Compiled& compiled, const NetworkOptions& options) {
  const std::size_t learnt = compiled.learnt.size() * sizeof(float);
  return {.space = compiled.program.place(),
          .learnt = learnt,
          .gradients = options.pass == kernels::Pass::training ? learnt : 0,
          .statistics = compiled.statistics.size() * sizeof(float),
          .halves = options.precision == DataType::bf16 ? learnt / 2 : 0};
}

const Model& checked(const Model& model, const NetworkOptions& options) {
  if (options.batch < 1)
    throw std::invalid_argument(
        fmt::format("network: batch must be at least 1, got {}", options.batch));
  if (options.precision != DataType::f32 && options.precision != DataType::bf16)
    throw std::invalid_argument(fmt::format("network: precision must be f32 or bf16, got {}",
                                            kernels::name(options.precision)));
  validate(model);
  return model;
}

}  // namespace

Network::Impl::Impl(const Model& model, const NetworkOptions& options_)
    : options{options_}, plain{checked(model, options_)} {
  state.norm_weight = options.norm_momentum;
  const Model lowered = to_lower();
  compiled = detail::compile(lowered.architecture, options, state);
  allocate();
  write(lowered.weights);
  steps = compiled.program.bind(bases());
}

Model Network::Impl::to_lower() const {
  return training() ? plain : detail::folded(plain, options.norm_epsilon);
}

void Network::Impl::write(const Weights& weights) {
  compiled.learnt.load(weights, parameters.floats());
  compiled.statistics.load(weights, statistics.floats());
  round();
}

void Network::Impl::round() {
  if (options.precision == DataType::bf16) kernels::round(parameters.floats(), half_parameters());
}

void Network::Impl::allocate() {
  const Sizes sizes = sizes_of(compiled, options);
  space = sizes.space;
  check_memory("network", sizes.sum(), available_bytes());
  arena = Buffer{sizes.space.arena};
  parameters = Buffer{sizes.learnt};
  gradients = Buffer{sizes.gradients};
  statistics = Buffer{sizes.statistics};
  halves = Buffer{sizes.halves};
}

std::size_t network_bytes(const Model& model, const NetworkOptions& options) {
  detail::RunState state;
  auto compiled = detail::compile(checked(model, options).architecture, options, state);
  return sizes_of(compiled, options).sum();
}

Network::Network(const Model& model, const NetworkOptions& options)
    : impl_{std::make_unique<Impl>(model, options)} {}
Network::~Network() = default;
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;

const Architecture& Network::architecture() const { return impl_->plain.architecture; }
const NetworkOptions& Network::options() const { return impl_->options; }

std::span<float> Network::input() {
  const detail::Value& input = impl_->compiled.input;
  if (!input.layout.is_plain() || input.layout.type() != DataType::f32)
    throw std::invalid_argument("network: its images lie as " + input.layout.text());
  return impl_->floats(input);
}

kernels::Memory Network::images() {
  const detail::Value& input = impl_->compiled.input;
  return {input.layout, impl_->compiled.program.address(input, impl_->bases())};
}

std::span<const float> Network::output() const { return impl_->floats(impl_->compiled.output); }

std::span<float> Network::output_gradient() {
  if (!impl_->training())
    throw std::invalid_argument("network: an inference network has no output gradient");
  return impl_->floats(impl_->compiled.output_gradient);
}

void Network::forward(std::uint64_t step) {
  impl_->state.step = step;
  if (impl_->averaging) impl_->state.norm_weight = 1.0F / static_cast<float>(++impl_->averaged);
  for (const kernels::Step& each : impl_->steps.forward) each.run();
  impl_->ran_forward = true;
}

void Network::backward() {
  if (!impl_->training() || !impl_->ran_forward)
    throw std::invalid_argument("network: backward() wants a training network after forward()");
  impl_->ran_forward = false;
  for (const kernels::Step& each : impl_->steps.backward) each.run();
}

std::span<float> Network::parameters() { return impl_->parameters.floats(); }
std::span<float> Network::gradients() { return impl_->gradients.floats(); }
std::span<kernels::Bfloat16> Network::half_parameters() { return impl_->half_parameters(); }
void Network::round_parameters() { impl_->round(); }
std::span<float> Network::statistics() { return impl_->statistics.floats(); }
const std::vector<ParameterBlock>& Network::blocks() const {
  return impl_->compiled.learnt.blocks();
}

Model Network::model() const {
  Model model = impl_->plain;
  if (!impl_->training()) return model;
  impl_->compiled.learnt.store(impl_->parameters.floats(), model.weights);
  impl_->compiled.statistics.store(impl_->statistics.floats(), model.weights);
  return model;
}

void Network::load(const Weights& weights) {
  Model loaded{impl_->plain.architecture, weights};
  validate(loaded);
  impl_->plain = std::move(loaded);
  impl_->write(impl_->to_lower().weights);
}

Tensor Network::gradient(std::string_view name) const {
  const auto& weights = impl_->plain.weights;
  const auto found = weights.find(name);
  if (!impl_->training() || found == weights.end())
    throw std::invalid_argument(fmt::format("network: no gradient of {}", name));
  Tensor tensor;
  tensor.shape = found->second.shape;
  tensor.data = impl_->compiled.learnt.plain(impl_->gradients.floats(), name);
  if (tensor.data.empty())
    throw std::invalid_argument(fmt::format("network: {} is not learnt", name));
  return tensor;
}

void Network::begin_statistics() {
  impl_->averaging = true;
  impl_->averaged = 0;
}

void Network::end_statistics() {
  impl_->averaging = false;
  impl_->state.norm_weight = impl_->options.norm_momentum;
}

std::size_t Network::arena_bytes() const { return impl_->space.arena; }
std::size_t Network::live_bytes() const { return impl_->space.live; }

std::vector<Network::PlanRow> Network::plan() const {
  std::vector<PlanRow> rows;
  for (const detail::Row& row : impl_->steps.rows)
    rows.push_back({row.direction == detail::Direction::forward ? "forward" : "backward", row.node,
                    row.step, row.layout, row.bytes});
  return rows;
}

std::vector<double> Network::measure(int rounds) {
  if (rounds < 1)
    throw std::invalid_argument(fmt::format("measure: rounds must be at least 1, got {}", rounds));
  const std::span<float> statistics = impl_->statistics.floats();
  const std::vector<float> before{statistics.begin(), statistics.end()};
  std::vector<std::vector<double>> seconds(impl_->steps.rows.size());
  for (int round = 0; round < rounds; ++round) {
    std::size_t row = 0;
    for (const auto* steps : {&impl_->steps.forward, &impl_->steps.backward})
      for (const kernels::Step& step : *steps) {
        const auto start = std::chrono::steady_clock::now();
        step.run();
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        seconds[row++].push_back(taken.count());
      }
  }
  std::copy(before.begin(), before.end(), statistics.begin());
  impl_->ran_forward = false;
  std::vector<double> medians;
  for (std::vector<double>& each : seconds) {
    const auto middle = each.begin() + rounds / 2;
    std::nth_element(each.begin(), middle, each.end());
    medians.push_back(*middle);
  }
  return medians;
}

}  // namespace lamarck::nn
