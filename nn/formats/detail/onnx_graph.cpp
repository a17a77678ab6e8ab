#include "nn/formats/detail/onnx_graph.hpp"

#include <bit>
#include <cstring>

namespace lamarck::nn::detail {
namespace {

static_assert(std::endian::native == std::endian::little, "ONNX raw data is little-endian");

template <class Number>
void fill(onnx::TensorProto& tensor, const std::string& name, const OnnxIntegers& shape,
          onnx::TensorProto::DataType type, std::span<const Number> values) {
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const std::int64_t size : shape) tensor.add_dims(size);
  tensor.set_raw_data(values.data(), values.size_bytes());
}

void set(onnx::AttributeProto& attribute, const OnnxAttribute& from) {
  attribute.set_name(from.first);
  if (const auto* integer = std::get_if<std::int64_t>(&from.second)) {
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(*integer);
  } else if (const auto* number = std::get_if<float>(&from.second)) {
    attribute.set_type(onnx::AttributeProto::FLOAT);
    attribute.set_f(*number);
  } else {
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t each : std::get<OnnxIntegers>(from.second)) attribute.add_ints(each);
  }
}

}  // namespace

OnnxGraph::OnnxGraph(onnx::GraphProto& graph, std::set<std::string> reserved)
    : graph_{graph}, names_{std::move(reserved)} {}

std::string OnnxGraph::unique(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; !names_.insert(name).second; ++i) name = wanted + "_" + std::to_string(i);
  return name;
}

std::string OnnxGraph::add(const char* type, const std::vector<std::string>& inputs,
                           const std::string& wanted,
                           const std::vector<OnnxAttribute>& attributes) {
  const std::string output = unique(wanted);
  onnx::NodeProto& node = *graph_.add_node();
  node.set_op_type(type);
  node.set_name(output);
  for (const auto& input : inputs) node.add_input(input);
  node.add_output(output);
  for (const auto& attribute : attributes) set(*node.add_attribute(), attribute);
  return output;
}

std::string OnnxGraph::weight(const std::string& wanted, const OnnxIntegers& shape,
                              std::span<const float> values) {
  const std::string name = unique(wanted);
  fill(*graph_.add_initializer(), name, shape, onnx::TensorProto::FLOAT, values);
  return name;
}

std::string OnnxGraph::scalar(float value) {
  const auto known = scalars_.find(value);
  if (known != scalars_.end()) return known->second;
  return scalars_[value] = weight("constant", {}, {&value, 1});
}

std::string OnnxGraph::image(const OnnxValue& value) {
  if (!value.flat) return value.name;
  std::string& made = images_[value.name];
  if (!made.empty()) return made;
  std::string& axes = images_[""];  // no value has an empty name
  if (axes.empty()) {
    axes = unique("image_axes");
    const std::int64_t last_two[] = {2, 3};
    fill<std::int64_t>(*graph_.add_initializer(), axes, {2}, onnx::TensorProto::INT64, last_two);
  }
  return made = add("Unsqueeze", {value.name, axes}, value.name + ".image");
}

std::string OnnxGraph::flat(const OnnxValue& value) {
  if (value.flat) return value.name;
  std::string& made = flats_[value.name];
  if (made.empty()) made = add("Flatten", {value.name}, value.name + ".flat", {{"axis", 1}});
  return made;
}

void OnnxGraph::rename(const std::string& from, const std::string& to) {
  for (onnx::NodeProto& node : *graph_.mutable_node()) {
    for (std::string& input : *node.mutable_input())
      if (input == from) input = to;
    for (std::string& output : *node.mutable_output())
      if (output == from) {
        output = to;
        node.set_name(to);
      }
  }
}

}  // namespace lamarck::nn::detail
