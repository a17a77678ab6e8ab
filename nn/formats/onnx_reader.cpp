// ONNX files of our own, read back: the architecture stands in a property, weights carry their keys
// as names.
#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <cstring>
#include <limits>
#include <map>

#include "kernels/error.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "nn/formats/files.hpp"
#include "nn/formats/onnx.hpp"

namespace lamarck::nn {
namespace {

constexpr const char* kArchitecture = "lamarck.architecture";

std::vector<float> numbers(const onnx::TensorProto& tensor) {
  if (tensor.data_type() != onnx::TensorProto::FLOAT) return {};
  if (!tensor.has_raw_data()) return {tensor.float_data().begin(), tensor.float_data().end()};
  std::vector<float> values(tensor.raw_data().size() / sizeof(float));
  std::memcpy(values.data(), tensor.raw_data().data(), values.size() * sizeof(float));
  return values;
}

}  // namespace

ModelFile load_exported_onnx(const std::filesystem::path& file) {
  const auto fail = [&](const std::string& what) -> IoError {
    return IoError(fmt::format("{}: {}", file.string(), what));
  };
  onnx::ModelProto proto;
  if (!proto.ParseFromString(read_file(file, std::numeric_limits<int>::max())))
    throw fail("no ONNX file, or damaged");
  ModelFile result;
  for (const auto& entry : proto.metadata_props()) result.metadata[entry.key()] = entry.value();
  const auto text = result.metadata.extract(kArchitecture);
  if (text.empty())
    throw fail("not written by lamarck: it does not say which architecture it holds");
  try {
    result.model.architecture = architecture_from_yaml(text.mapped(), file.string());
  } catch (const ConfigError& error) {
    throw IoError(error.what());
  }

  std::map<std::string, const onnx::TensorProto*, std::less<>> tensors;
  for (const auto& tensor : proto.graph().initializer()) tensors[tensor.name()] = &tensor;
  for (const ParameterSpec& spec : parameter_specs(result.model.architecture)) {
    const auto found = tensors.find(spec.name);
    if (found == tensors.end())
      throw fail(spec.name.find(".norm.") != std::string::npos
                     ? "its normalisations are folded into weights; export it with --no-fold, or "
                       "as safetensors"
                     : "no tensor " + spec.name);
    Tensor tensor{spec.shape};
    std::vector<float> values = numbers(*found->second);
    if (values.size() != tensor.elements())
      throw fail(fmt::format("{}: expected {} numbers, found {}", spec.name, tensor.elements(),
                             values.size()));
    tensor.data = std::move(values);
    result.model.weights.emplace(spec.name, std::move(tensor));
  }
  return result;
}

ModelFile load_any_model(const std::filesystem::path& file) {
  return file.extension() == ".onnx" ? load_exported_onnx(file) : load_model(file);
}

}  // namespace lamarck::nn
