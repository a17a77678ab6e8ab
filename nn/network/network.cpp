#include "nn/network/network.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "kernels/buffer.hpp"
#include "nn/network/detail/compile.hpp"
#include "nn/network/detail/free_memory.hpp"

namespace lamarck::nn {

using detail::Region;
using kernels::Buffer;

struct Network::Impl {
  NetworkOptions options;
  Model plain;  ///< the model as last loaded; its learnt numbers are those of the memory below
  detail::RunState state;
  detail::Compiled compiled;
  std::size_t arena_bytes = 0;
  Buffer arena, parameters, gradients, statistics;
  detail::Program::Steps steps;
  std::uint64_t averaged = 0;  ///< batches since begin_statistics()
  bool averaging = false, ran_forward = false;

  Impl(const Model& model, const NetworkOptions& options_);
  void allocate();
  [[nodiscard]] bool training() const { return options.pass == kernels::Pass::training; }
  [[nodiscard]] detail::Bases bases() const {
    return {arena.data(), parameters.data(), gradients.data(), statistics.data()};
  }
  [[nodiscard]] std::span<float> floats(const detail::Value& value) const {
    return {reinterpret_cast<float*>(compiled.program.address(value, bases())),
            value.layout.elements()};
  }
};

namespace {

const Model& checked(const Model& model, const NetworkOptions& options) {
  if (options.batch < 1)
    throw std::invalid_argument(
        fmt::format("network: batch must be at least 1, got {}", options.batch));
  validate(model);
  return model;
}

}  // namespace

Network::Impl::Impl(const Model& model, const NetworkOptions& options_)
    : options{options_}, plain{checked(model, options_)} {
  state.norm_weight = options.norm_momentum;
  compiled = detail::compile(plain.architecture, options, state);
  allocate();
  compiled.learnt.load(plain.weights, parameters.floats());
  compiled.statistics.load(plain.weights, statistics.floats());
  steps = compiled.program.bind(bases());
}

void Network::Impl::allocate() {
  arena_bytes = compiled.program.place();
  const std::size_t learnt_bytes = compiled.learnt.size() * sizeof(float);
  const std::size_t statistics_bytes = compiled.statistics.size() * sizeof(float);
  const std::size_t gradient_bytes = training() ? learnt_bytes : 0;
  detail::check_memory(arena_bytes + learnt_bytes + gradient_bytes + statistics_bytes,
                       detail::available_bytes());
  arena = Buffer{arena_bytes};
  parameters = Buffer{learnt_bytes};
  gradients = Buffer{gradient_bytes};
  statistics = Buffer{statistics_bytes};
}

Network::Network(const Model& model, const NetworkOptions& options)
    : impl_{std::make_unique<Impl>(model, options)} {}
Network::~Network() = default;
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;

const Architecture& Network::architecture() const { return impl_->plain.architecture; }
const NetworkOptions& Network::options() const { return impl_->options; }
std::span<float> Network::input() { return impl_->floats(impl_->compiled.input); }
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
std::span<float> Network::statistics() { return impl_->statistics.floats(); }
const std::vector<ParameterBlock>& Network::blocks() const {
  return impl_->compiled.learnt.blocks();
}

Model Network::model() const {
  Model model = impl_->plain;
  impl_->compiled.learnt.store(impl_->parameters.floats(), model.weights);
  impl_->compiled.statistics.store(impl_->statistics.floats(), model.weights);
  return model;
}

void Network::load(const Weights& weights) {
  Model loaded{impl_->plain.architecture, weights};
  validate(loaded);
  impl_->plain = std::move(loaded);
  impl_->compiled.learnt.load(weights, impl_->parameters.floats());
  impl_->compiled.statistics.load(weights, impl_->statistics.floats());
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

std::size_t Network::arena_bytes() const { return impl_->arena_bytes; }

std::vector<Network::PlanRow> Network::plan() const {
  std::vector<PlanRow> rows;
  for (const detail::Row& row : impl_->steps.rows)
    rows.push_back({row.direction == detail::Direction::forward ? "forward" : "backward", row.node,
                    row.step, row.layout, row.bytes});
  return rows;
}

}  // namespace lamarck::nn
