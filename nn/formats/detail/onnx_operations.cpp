#include "nn/formats/detail/onnx_operations.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <variant>

#include "nn/network/network.hpp"

namespace lamarck::nn::detail {
namespace {

OnnxIntegers pads(const Padding& p) { return {p.top, p.left, p.bottom, p.right}; }
OnnxIntegers pair(const Extent& e) { return {e.height, e.width}; }

std::vector<OnnxAttribute> window(const Extent& kernel, const std::optional<Extent>& stride,
                                  const Padding& pad) {
  return {{"kernel_shape", pair(kernel)},
          {"strides", pair(stride.value_or(kernel))},
          {"pads", pads(pad)}};
}

}  // namespace

OnnxOperations::OnnxOperations(OnnxGraph& graph, const Model& model, bool fold_batch_norm)
    : graph_{graph}, model_{model}, fold_{fold_batch_norm} {}

OnnxValue OnnxOperations::emit(const Node& node, const std::vector<OnnxValue>& inputs) {
  return std::visit([&](const auto& operation) { return emit(node, operation, inputs); }, node.op);
}

const Tensor& OnnxOperations::tensor(const Node& node, const char* part) const {
  return model_.weights.find(node.id + part)->second;
}

OnnxValue OnnxOperations::emit(const Node& node, const Conv& conv, const Inputs& inputs) {
  const Linear parts = linear(node, conv.norm == Norm::batch, conv.act);
  const auto& shape = parts.weight.shape;
  const auto names =
      linear_inputs(node, graph_.image(inputs[0]), {shape.begin(), shape.end()}, parts);
  OnnxValue value{.name = graph_.add("Conv", names, node.id,
                                     {{"kernel_shape", pair(conv.kernel)},
                                      {"strides", pair(conv.stride)},
                                      {"pads", pads(padding(conv))},
                                      {"dilations", pair(conv.dilation)},
                                      {"group", conv.groups}})};
  if (conv.norm == Norm::batch && !fold_) value = normalise(node, value);
  return activate(node, conv.act, value);
}

OnnxValue OnnxOperations::emit(const Node& node, const Dense& dense, const Inputs& inputs) {
  const Linear parts = linear(node, dense.norm == Norm::batch, dense.act);
  const std::int64_t reads = static_cast<std::int64_t>(parts.weight.elements()) / dense.out;
  const auto names = linear_inputs(node, graph_.flat(inputs[0]), {dense.out, reads}, parts);
  OnnxValue value{.name = graph_.add("Gemm", names, node.id, {{"transB", 1}}), .flat = true};
  if (dense.norm == Norm::batch && !fold_) value = normalise(node, value);
  return activate(node, dense.act, value);
}

OnnxValue OnnxOperations::emit(const Node& node, const MaxPool& pool, const Inputs& inputs) {
  return {.name = graph_.add("MaxPool", {graph_.image(inputs[0])}, node.id,
                             window(pool.kernel, pool.stride, pool.pad))};
}

OnnxValue OnnxOperations::emit(const Node& node, const AvgPool& pool, const Inputs& inputs) {
  auto attributes = window(pool.kernel, pool.stride, pool.pad);
  attributes.push_back({"count_include_pad", 0});
  return {.name = graph_.add("AveragePool", {graph_.image(inputs[0])}, node.id, attributes)};
}

OnnxValue OnnxOperations::emit(const Node& node, const GlobalAvgPool&, const Inputs& inputs) {
  if (inputs[0].flat) return inputs[0];  // one pixel is its own mean
  return {.name = graph_.add("GlobalAveragePool", {inputs[0].name}, node.id)};
}

OnnxValue OnnxOperations::emit(const Node& node, const Add& add, const Inputs& inputs) {
  const auto [names, flat] = alike(inputs);
  OnnxValue value = inputs[0];
  if (names.size() > 1)
    value = {.name = graph_.add(names.size() == 2 ? "Add" : "Sum", names, node.id), .flat = flat};
  return activate(node, add.act, value);
}

OnnxValue OnnxOperations::emit(const Node& node, const Concat&, const Inputs& inputs) {
  const auto [names, flat] = alike(inputs);
  if (names.size() == 1) return inputs[0];
  return {.name = graph_.add("Concat", names, node.id, {{"axis", 1}}), .flat = flat};
}

OnnxValue OnnxOperations::emit(const Node& node, const Scale&, const Inputs& inputs) {
  if (inputs.size() == 2) {
    const auto [names, flat] = alike(inputs);
    return {.name = graph_.add("Mul", names, node.id), .flat = flat};
  }
  const Tensor& gate = tensor(node, ".gate");
  const auto channels = static_cast<std::int64_t>(gate.elements());
  const bool flat = inputs[0].flat;
  const OnnxIntegers shape = flat ? OnnxIntegers{1, channels} : OnnxIntegers{1, channels, 1, 1};
  const std::string weight = graph_.weight(node.id + ".gate", shape, gate.data);
  return {.name = graph_.add("Mul", {inputs[0].name, weight}, node.id), .flat = flat};
}

OnnxValue OnnxOperations::emit(const Node& node, const Activate& operation, const Inputs& inputs) {
  return activate(node, operation.act, inputs[0]);
}

OnnxValue OnnxOperations::emit(const Node& node, const BatchNorm& norm, const Inputs& inputs) {
  const bool done = folded_.contains(node.id);
  return activate(node, norm.act, done ? inputs[0] : normalise(node, inputs[0]));
}

OnnxValue OnnxOperations::emit(const Node&, const Dropout&, const Inputs& inputs) {
  return inputs[0];  // outside of training it does nothing
}

OnnxValue OnnxOperations::emit(const Node&, const Flatten&, const Inputs& inputs) {
  return {.name = graph_.flat(inputs[0]), .flat = true};
}

OnnxValue OnnxOperations::emit(const Node& node, const Softmax&, const Inputs& inputs) {
  return {.name = graph_.add("Softmax", {inputs[0].name}, node.id, {{"axis", 1}}),
          .flat = inputs[0].flat};
}

OnnxOperations::Linear OnnxOperations::linear(const Node& node, bool norm, Activation act) {
  Linear parts{.weight = tensor(node, ".weight"), .bias = {}};
  if (const auto bias = model_.weights.find(node.id + ".bias"); bias != model_.weights.end())
    parts.bias = bias->second.data;
  if (!fold_) return parts;

  // y = (x - mean) / sqrt(variance + epsilon) * scale + shift, channel by channel.
  const auto fold = [&](const Node& from) {
    const std::size_t channels = tensor(from, ".norm.scale").elements();
    const std::size_t each = parts.weight.elements() / channels;
    parts.bias.resize(channels);
    for (std::size_t c = 0; c < channels; ++c) {
      const double factor =
          tensor(from, ".norm.scale").data[c] /
          std::sqrt(1.0 * tensor(from, ".norm.variance").data[c] + NetworkOptions{}.norm_epsilon);
      for (std::size_t i = c * each; i < (c + 1) * each; ++i)
        parts.weight.data[i] = static_cast<float>(parts.weight.data[i] * factor);
      parts.bias[c] =
          static_cast<float>((1.0 * parts.bias[c] - tensor(from, ".norm.mean").data[c]) * factor +
                             tensor(from, ".norm.shift").data[c]);
    }
  };
  if (norm) fold(node);
  const auto readers = model_.architecture.consumers(node.id);
  if (act != Activation::identity || readers.size() != 1) return parts;
  const Node& reader = model_.architecture.node(readers[0]);
  if (std::holds_alternative<BatchNorm>(reader.op)) {
    fold(reader);
    folded_.insert(reader.id);
  }
  return parts;
}

std::vector<std::string> OnnxOperations::linear_inputs(const Node& node, const std::string& input,
                                                       const OnnxIntegers& shape,
                                                       const Linear& parts) {
  std::vector<std::string> names{input,
                                 graph_.weight(node.id + ".weight", shape, parts.weight.data)};
  if (!parts.bias.empty())
    names.push_back(graph_.weight(node.id + ".bias", {static_cast<std::int64_t>(parts.bias.size())},
                                  parts.bias));
  return names;
}

OnnxValue OnnxOperations::normalise(const Node& node, const OnnxValue& value) {
  std::vector<std::string> inputs{value.name};
  for (const char* part : {".norm.scale", ".norm.shift", ".norm.mean", ".norm.variance"}) {
    const Tensor& vector = tensor(node, part);
    inputs.push_back(
        graph_.weight(node.id + part, {static_cast<std::int64_t>(vector.elements())}, vector.data));
  }
  return {.name = graph_.add("BatchNormalization", inputs, node.id + ".norm",
                             {{"epsilon", NetworkOptions{}.norm_epsilon}}),
          .flat = value.flat};
}

OnnxValue OnnxOperations::activate(const Node& node, Activation act, const OnnxValue& value) {
  const std::string& x = value.name;
  const std::string stem = node.id + "." + std::string{kernels::name(act)};
  const auto simple = [&](const char* type, const std::vector<OnnxAttribute>& attributes = {}) {
    return OnnxValue{.name = graph_.add(type, {x}, stem, attributes), .flat = value.flat};
  };
  switch (act) {
    case Activation::identity:
      return value;
    case Activation::relu:
      return simple("Relu");
    case Activation::leaky_relu:
      return simple("LeakyRelu", {{"alpha", 0.01F}});
    case Activation::elu:
      return simple("Elu", {{"alpha", 1.0F}});
    case Activation::hard_swish:
      return simple("HardSwish");
    case Activation::sigmoid:
      return simple("Sigmoid");
    case Activation::tanh:
      return simple("Tanh");
    case Activation::relu6: {
      const std::vector<std::string> inputs{x, graph_.scalar(0.0F), graph_.scalar(6.0F)};
      return {.name = graph_.add("Clip", inputs, stem), .flat = value.flat};
    }
    case Activation::silu: {
      const std::string gate = graph_.add("Sigmoid", {x}, stem + ".gate");
      return {.name = graph_.add("Mul", {x, gate}, stem), .flat = value.flat};
    }
    case Activation::gelu: {  // 0.5 x (1 + erf(x / sqrt 2))
      const float root = static_cast<float>(1.0 / std::numbers::sqrt2);
      const std::string small = graph_.add("Mul", {x, graph_.scalar(root)}, stem + ".scaled");
      const std::string erf = graph_.add("Erf", {small}, stem + ".erf");
      const std::string sum = graph_.add("Add", {erf, graph_.scalar(1.0F)}, stem + ".sum");
      const std::string twice = graph_.add("Mul", {x, sum}, stem + ".twice");
      return {.name = graph_.add("Mul", {twice, graph_.scalar(0.5F)}, stem), .flat = value.flat};
    }
  }
  return value;
}

std::pair<std::vector<std::string>, bool> OnnxOperations::alike(const Inputs& inputs) {
  const bool flat =
      std::all_of(inputs.begin(), inputs.end(), [](const OnnxValue& value) { return value.flat; });
  std::vector<std::string> names;
  for (const OnnxValue& value : inputs) names.push_back(flat ? value.name : graph_.image(value));
  return {names, flat};
}

}  // namespace lamarck::nn::detail
