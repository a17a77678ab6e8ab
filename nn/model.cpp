#include "nn/model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <stdexcept>

namespace lamarck::nn {
namespace {

std::size_t product(const std::vector<int>& shape) {
  std::size_t elements = 1;
  for (const int size : shape) elements *= static_cast<std::size_t>(size);
  return elements;
}

std::string text(const std::vector<int>& shape) {
  return fmt::format("{{{}}}", fmt::join(shape, ", "));
}

/// Appends the tensors of one node; `in` is the shape of its first input, `out` its own.
class Specifier {
 public:
  Specifier(const Node& node, Shape in, Shape out, std::vector<ParameterSpec>& specs)
      : node_{node}, in_{in}, out_{out}, specs_{specs} {}

  void operator()(const Conv& conv) {
    weight({conv.out, in_.channels / conv.groups, conv.kernel.height, conv.kernel.width});
    if (has_bias(conv)) vector("bias");
    if (conv.norm == Norm::batch) norm();
  }
  void operator()(const Dense& dense) {
    weight({dense.out, in_.channels, in_.height, in_.width});
    if (has_bias(dense)) vector("bias");
    if (dense.norm == Norm::batch) norm();
  }
  void operator()(const BatchNorm&) { norm(); }
  void operator()(const Scale&) {
    if (node_.inputs.size() == 1) vector("gate");
  }
  void operator()(const MaxPool&) {}
  void operator()(const AvgPool&) {}
  void operator()(const GlobalAvgPool&) {}
  void operator()(const Add&) {}
  void operator()(const Concat&) {}
  void operator()(const Activate&) {}
  void operator()(const Dropout&) {}
  void operator()(const Flatten&) {}
  void operator()(const Softmax&) {}

 private:
  void add(std::string_view suffix, std::vector<int> shape, bool learnt, bool decayed) {
    specs_.push_back({.name = fmt::format("{}.{}", node_.id, suffix),
                      .shape = std::move(shape),
                      .learnt = learnt,
                      .decayed = decayed,
                      .node = node_.id});
  }
  void weight(std::vector<int> shape) { add("weight", std::move(shape), true, true); }
  void vector(std::string_view suffix, bool learnt = true) {
    add(suffix, {out_.channels}, learnt, false);
  }
  void norm() {
    vector("norm.scale");
    vector("norm.shift");
    vector("norm.mean", false);
    vector("norm.variance", false);
  }

  const Node& node_;
  Shape in_, out_;
  std::vector<ParameterSpec>& specs_;
};

}  // namespace

Tensor::Tensor(std::vector<int> shape_, float value) : shape{std::move(shape_)} {
  std::size_t elements = 1;
  for (const int size : shape) {
    if (size < 1) throw std::invalid_argument("tensor: sizes must be at least 1");
    elements *= static_cast<std::size_t>(size);
  }
  data.assign(elements, value);
}

std::vector<ParameterSpec> parameter_specs(const Architecture& architecture) {
  const auto shapes = shapes_by_id(architecture);
  std::vector<ParameterSpec> specs;
  for (const Node& node : architecture.nodes)
    std::visit(Specifier{node, shapes.find(node.inputs.at(0))->second, shapes.find(node.id)->second,
                         specs},
               node.op);
  return specs;
}

std::optional<std::string> find_fault(const Model& model) {
  if (auto fault = find_fault(model.architecture)) return fault;
  std::set<std::string_view> wanted;
  const auto specs = parameter_specs(model.architecture);
  for (const ParameterSpec& spec : specs) {
    wanted.insert(spec.name);
    const auto found = model.weights.find(spec.name);
    if (found == model.weights.end())
      return fmt::format("weights: {} {} is missing", spec.name, text(spec.shape));
    const Tensor& tensor = found->second;
    if (tensor.shape != spec.shape)
      return fmt::format("weights: {} must be {}, is {}", spec.name, text(spec.shape),
                         text(tensor.shape));
    if (tensor.data.size() != product(spec.shape))
      return fmt::format("weights: {} {} must hold {} numbers, holds {}", spec.name,
                         text(spec.shape), product(spec.shape), tensor.data.size());
  }
  for (const auto& [key, tensor] : model.weights)
    if (!wanted.contains(key))
      return fmt::format("weights: {} {} belongs to no node", key, text(tensor.shape));
  return std::nullopt;
}

void validate(const Model& model) {
  if (const auto fault = find_fault(model)) throw std::invalid_argument(*fault);
}

Model make_model(Architecture architecture, const InitOptions& options, std::uint64_t seed) {
  Weights weights = initialise(architecture, options, seed);
  return {std::move(architecture), std::move(weights)};
}

}  // namespace lamarck::nn
