#include "nn/formats/onnx.hpp"

#include <fmt/format.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <stdexcept>

#include "nn/formats/architecture_yaml.hpp"
#include "nn/formats/detail/onnx_graph.hpp"
#include "nn/formats/detail/onnx_operations.hpp"
#include "nn/formats/files.hpp"

namespace lamarck::nn {
namespace {

constexpr int kOpset = 17, kIrVersion = 8;
constexpr const char* kOutput = "output";
const std::string kInputName{kInput};

/// A graph's input or output: f32, the batch first.
void declare(onnx::ValueInfoProto& info, const std::string& name, bool dynamic_batch,
             const std::vector<std::int64_t>& sizes) {
  info.set_name(name);
  onnx::TypeProto::Tensor& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx::TensorProto::FLOAT);
  onnx::TensorShapeProto& shape = *tensor.mutable_shape();
  onnx::TensorShapeProto::Dimension& batch = *shape.add_dim();
  if (dynamic_batch)
    batch.set_dim_param("batch");
  else
    batch.set_dim_value(1);
  for (const std::int64_t size : sizes) shape.add_dim()->set_dim_value(size);
}

/// (x - mean * divisor) / (deviation * divisor).
std::string normalised(detail::OnnxGraph& graph, const Normalisation& normalisation,
                       float divisor) {
  const auto channels = static_cast<std::int64_t>(normalisation.mean.size());
  std::vector<float> mean;
  std::vector<float> factor;
  for (std::size_t c = 0; c < normalisation.mean.size(); ++c) {
    mean.push_back(normalisation.mean[c] * divisor);
    factor.push_back(1.0F / (normalisation.deviation[c] * divisor));
  }
  const std::string centred = graph.add(
      "Sub", {kInputName, graph.weight("input.mean", {1, channels, 1, 1}, mean)}, "input.centred");
  return graph.add("Mul", {centred, graph.weight("input.factor", {1, channels, 1, 1}, factor)},
                   "input.normalised");
}

void build(onnx::GraphProto& proto, const Model& model, const OnnxOptions& options) {
  const Architecture& architecture = model.architecture;
  const Shape& input = architecture.input;
  const Shape output = infer_shapes(architecture).back();
  proto.set_name("lamarck");
  declare(*proto.add_input(), kInputName, options.dynamic_batch,
          {input.channels, input.height, input.width});
  declare(*proto.add_output(), kOutput, options.dynamic_batch, {output.elements()});

  detail::OnnxGraph graph{proto, {kInputName, kOutput}};
  detail::OnnxOperations operations{graph, model, options.fold_batch_norm};
  std::map<std::string, detail::OnnxValue> values;
  values[kInputName] = {.name = options.normalisation
                                    ? normalised(graph, *options.normalisation, options.divisor)
                                    : kInputName};
  for (const Node& node : architecture.nodes) {
    std::vector<detail::OnnxValue> inputs;
    for (const auto& id : node.inputs) inputs.push_back(values.at(id));
    values[node.id] = operations.emit(node, inputs);
  }
  graph.rename(graph.flat(values.at(architecture.output())), kOutput);
}

void add_metadata(onnx::ModelProto& proto, const Model& model, Metadata metadata) {
  metadata["lamarck.architecture"] = to_yaml(model.architecture);
  for (const auto& [key, value] : metadata) {
    onnx::StringStringEntryProto& entry = *proto.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
}

/// Every node's shapes must follow from the others', and end in the output that is promised.
void check(const onnx::ModelProto& proto) {
  try {
    onnx::checker::check_model(proto);
    onnx::ModelProto copy = proto;
    constexpr bool kCheckTypes = true;
    constexpr int kStrict = 1;
    onnx::shape_inference::InferShapes(copy, onnx::OpSchemaRegistry::Instance(),
                                       {kCheckTypes, kStrict});
  } catch (const std::exception& error) {
    throw std::invalid_argument(
        fmt::format("export_onnx: the ONNX checker says: {}", error.what()));
  }
}

}  // namespace

void export_onnx(const std::filesystem::path& file, const Model& model,
                 const OnnxOptions& options) {
  validate(model);
  if (options.normalisation) {
    const auto channels = static_cast<std::size_t>(model.architecture.input.channels);
    const Normalisation& n = *options.normalisation;
    if (n.mean.size() != channels || n.deviation.size() != channels)
      throw std::invalid_argument(
          fmt::format("export_onnx: normalisation of {} channels for {}", n.mean.size(), channels));
  }
  onnx::ModelProto proto;
  proto.set_ir_version(kIrVersion);
  proto.set_producer_name("lamarck");
  onnx::OperatorSetIdProto& opset = *proto.add_opset_import();
  opset.set_domain("");
  opset.set_version(kOpset);
  build(*proto.mutable_graph(), model, options);
  add_metadata(proto, model, options.metadata);
  check(proto);

  std::string bytes;
  if (!proto.SerializeToString(&bytes))
    throw std::invalid_argument("export_onnx: the model does not fit an ONNX file (2 GiB)");
  write_file_atomically(file, bytes);
}

}  // namespace lamarck::nn
