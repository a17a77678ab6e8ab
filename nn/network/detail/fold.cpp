#include "nn/network/detail/fold.hpp"

#include <cmath>
#include <string>

namespace lamarck::nn::detail {
namespace {

/// Scales the weights of channel c by a factor, and sets its bias.
void fold_weights(Weights& weights, const std::string& id, double epsilon) {
  const auto taken = [&](const char* name) {
    const auto node = weights.extract(id + name);
    return node.empty() ? std::vector<float>{} : node.mapped().data;
  };
  const std::vector<float> scale = taken(".norm.scale");
  const std::vector<float> shift = taken(".norm.shift");
  const std::vector<float> mean = taken(".norm.mean");
  const std::vector<float> variance = taken(".norm.variance");
  std::vector<float> bias = taken(".bias");
  bias.resize(scale.size());

  std::vector<float>& weight = weights.at(id + ".weight").data;
  const std::size_t row = weight.size() / scale.size();
  for (std::size_t c = 0; c < scale.size(); ++c) {
    const double factor = scale[c] / std::sqrt(variance[c] + epsilon);
    for (std::size_t i = c * row; i < (c + 1) * row; ++i)
      weight[i] = static_cast<float>(weight[i] * factor);
    bias[c] = static_cast<float>((double{bias[c]} - mean[c]) * factor + shift[c]);
  }
  Tensor tensor{{static_cast<int>(bias.size())}};
  tensor.data = std::move(bias);
  weights.insert_or_assign(id + ".bias", std::move(tensor));
}

}  // namespace

Model folded(const Model& model, double epsilon) {
  Model result = model;
  const auto fold = [&](const std::string& id, auto& op) {
    if (op.norm == Norm::none) return;
    op.norm = Norm::none;
    op.bias = true;
    fold_weights(result.weights, id, epsilon);
  };
  for (Node& node : result.architecture.nodes) {
    if (auto* conv = std::get_if<Conv>(&node.op)) fold(node.id, *conv);
    if (auto* dense = std::get_if<Dense>(&node.op)) fold(node.id, *dense);
  }
  return result;
}

}  // namespace lamarck::nn::detail
