#include <algorithm>
#include <cmath>
#include <type_traits>

#include "nn/proxies/detail/gradients.hpp"
#include "nn/proxies/detail/kinds.hpp"

namespace lamarck::nn::detail {
namespace {

// The flow grows with every layer: this much less at either end keeps it within floats.
constexpr float kScale = 1e-12F;

/// The same graph with nothing in it but sums of products.
Architecture linear(Architecture architecture) {
  for (Node& node : architecture.nodes) {
    std::visit(
        [](auto& op) {
          using Op = std::decay_t<decltype(op)>;
          if constexpr (std::is_same_v<Op, Conv> || std::is_same_v<Op, Dense>) {
            op.norm = Norm::none;
            op.bias = false;
          }
          if constexpr (requires { op.act; }) op.act = Activation::identity;
        },
        node.op);
    if (std::holds_alternative<BatchNorm>(node.op) || std::holds_alternative<Dropout>(node.op) ||
        std::holds_alternative<Softmax>(node.op))
      node.op = Activate{.act = Activation::identity};
  }
  return architecture;
}

Model positive(const Model& model) {
  Model result{.architecture = linear(model.architecture), .weights = {}};
  for (const ParameterSpec& spec : parameter_specs(result.architecture)) {
    Tensor tensor = model.weights.find(spec.name)->second;
    for (float& value : tensor.data) value = std::abs(value);
    result.weights.emplace(spec.name, std::move(tensor));
  }
  return result;
}

}  // namespace

std::optional<double> synflow(const Model& model, const ProxyBatch&) {
  Network network{positive(model), {.batch = 1, .winograd = false}};
  std::ranges::fill(network.input(), kScale);
  network.forward();
  std::ranges::fill(network.output_gradient(), kScale);
  network.backward();
  const auto sum = sum_over_weights(
      network, [](std::span<const float> weights, std::span<const float> gradients) {
        double flow = 0;
        for (std::size_t i = 0; i < weights.size(); ++i) flow += double{weights[i]} * gradients[i];
        return flow;
      });
  if (!sum || !(*sum > 0)) return std::nullopt;
  return std::log(*sum) - 2 * std::log(double{kScale});
}

}  // namespace lamarck::nn::detail
