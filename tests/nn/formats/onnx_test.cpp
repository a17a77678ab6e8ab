#include "nn/formats/onnx.hpp"

#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include "kernels/error.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "tests/catch.hpp"
#include "tests/support/random_architecture.hpp"
#include "tests/support/small_models.hpp"
#include "tests/support/temp_folder.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;
using Catch::Contains;

namespace {

onnx::ModelProto exported(const Model& model, const OnnxOptions& options = {}) {
  const TempFolder folder;
  export_onnx(folder / "m.onnx", model, options);
  onnx::ModelProto proto;
  REQUIRE(proto.ParseFromString(read_bytes(folder / "m.onnx")));
  return proto;
}

/// One node a line: `output = Type(inputs) attribute=value ...`.
std::vector<std::string> lines(const onnx::ModelProto& proto) {
  std::vector<std::string> result;
  for (const auto& node : proto.graph().node()) {
    std::string line = node.output(0) + " = " + node.op_type() + "(";
    for (int i = 0; i < node.input_size(); ++i) line += (i ? ", " : "") + node.input(i);
    line += ")";
    for (const auto& attribute : node.attribute()) {
      line += " " + attribute.name() + "=";
      if (attribute.type() == onnx::AttributeProto::INT) line += std::to_string(attribute.i());
      for (int i = 0; i < attribute.ints_size(); ++i)
        line += (i ? "," : "") + std::to_string(attribute.ints(i));
    }
    result.push_back(line);
  }
  return result;
}

std::string shape_text(const onnx::ValueInfoProto& info) {
  std::string text = info.name() + ":";
  for (const auto& size : info.type().tensor_type().shape().dim())
    text += " " + (size.has_dim_param() ? size.dim_param() : std::to_string(size.dim_value()));
  return text;
}

}  // namespace

TEST_CASE("the ONNX graph of a small network with batch normalisation folded", "[onnx]") {
  const auto proto = exported(scrambled_model(small_architecture(), 1));
  CHECK(proto.ir_version() == 8);
  REQUIRE(proto.opset_import_size() == 1);
  CHECK(proto.opset_import(0).version() == 17);
  CHECK(shape_text(proto.graph().input(0)) == "input: batch 1 8 8");
  CHECK(shape_text(proto.graph().output(0)) == "output: batch 3");
  const std::vector<std::string> expected{
      "stem = Conv(input, stem.weight, stem.bias) kernel_shape=3,3 strides=1,1 pads=1,1,1,1 "
      "dilations=1,1 group=1",
      "stem.relu = Relu(stem)",
      "half = MaxPool(stem.relu) kernel_shape=2,2 strides=2,2 pads=0,0,0,0",
      "a1 = Conv(half, a1.weight, a1.bias) kernel_shape=3,3 strides=1,1 pads=1,1,1,1 "
      "dilations=1,1 group=2",
      "a1.gelu.scaled = Mul(a1, constant)",
      "a1.gelu.erf = Erf(a1.gelu.scaled)",
      "a1.gelu.sum = Add(a1.gelu.erf, constant_2)",
      "a1.gelu.twice = Mul(a1, a1.gelu.sum)",
      "a1.gelu = Mul(a1.gelu.twice, constant_3)",
      "a2 = Conv(a1.gelu, a2.weight, a2.bias) kernel_shape=1,1 strides=1,1 pads=0,0,0,0 "
      "dilations=1,1 group=1",
      "gate = Mul(a2, gate.gate)",
      "sum = Add(half, gate)",
      "sum.relu6 = Clip(sum, constant_4, constant_5)",
      "pooled = GlobalAveragePool(sum.relu6)",
      "pooled.flat = Flatten(pooled) axis=1",
      "output = Gemm(pooled.flat, logits.weight, logits.bias) transB=1"};
  CHECK(lines(proto) == expected);
}

TEST_CASE("batch normalisation stays where it is not to be folded", "[onnx]") {
  const auto text =
      lines(exported(scrambled_model(small_architecture(), 1), {.fold_batch_norm = false}));
  CHECK(std::count_if(text.begin(), text.end(), [](const std::string& line) {
          return line.find("BatchNormalization(") != std::string::npos;
        }) == 2);
  CHECK_THAT(text[1], Contains("stem.norm = BatchNormalization(stem, stem.norm.scale, "
                               "stem.norm.shift, stem.norm.mean, stem.norm.variance) epsilon="));
}

TEST_CASE("the batch is fixed and the input normalised inside where asked", "[onnx]") {
  const Model model = scrambled_model(small_architecture(), 1);
  const auto proto =
      exported(model, {.dynamic_batch = false, .normalisation = Normalisation{{0.5F}, {0.25F}}});
  CHECK(shape_text(proto.graph().input(0)) == "input: 1 1 8 8");
  CHECK(shape_text(proto.graph().output(0)) == "output: 1 3");
  const auto text = lines(proto);
  CHECK(text[0] == "input.centred = Sub(input, input.mean)");
  CHECK(text[1] == "input.normalised = Mul(input.centred, input.factor)");
  CHECK_THAT(text[2], Contains("Conv(input.normalised"));
}

TEST_CASE("the metadata goes along and equal exports are equal bytes", "[onnx]") {
  const Model model = scrambled_model(small_architecture(), 1);
  const OnnxOptions options{.metadata = {{"accuracy", "0.93"}, {"lineage", "widen stem"}}};
  const auto proto = exported(model, options);
  Metadata found;
  for (const auto& entry : proto.metadata_props()) found[entry.key()] = entry.value();
  CHECK(found.size() == 3);
  CHECK(found["accuracy"] == "0.93");
  CHECK(found["lineage"] == "widen stem");
  CHECK(architecture_from_yaml(found["lamarck.architecture"]) == model.architecture);
  CHECK(proto.SerializeAsString() == exported(model, options).SerializeAsString());
}

TEST_CASE("names that an ONNX graph takes for itself do no harm", "[onnx]") {
  Architecture a;
  a.input = {2, 4, 4};
  a.nodes = {{"output", Conv{.out = 3, .act = Activation::silu}, {"input"}},
             {"output.silu", Conv{.out = 3}, {"output"}},
             {"output.weight", Conv{.out = 3}, {"output.silu"}},
             {"constant", Activate{.act = Activation::relu6}, {"output.weight"}}};
  const auto proto = exported(scrambled_model(a, 1));
  CHECK(shape_text(proto.graph().output(0)) == "output: batch 48");
}

TEST_CASE("random networks pass the checker folded or not", "[onnx]") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random random{seed, "architecture"};
    const Model model = scrambled_model(random_architecture(random, {.softmax = true}), seed);
    for (const bool fold : {true, false}) {
      const auto proto = exported(model, {.fold_batch_norm = fold});
      REQUIRE_NOTHROW(onnx::checker::check_model(proto));
      const auto text = lines(proto);
      REQUIRE(std::none_of(text.begin(), text.end(), [](const std::string& line) {
        return line.find("Identity") != std::string::npos ||
               line.find("Dropout") != std::string::npos;
      }));
    }
  }
}

TEST_CASE("what cannot be exported is said and leaves nothing behind", "[onnx]") {
  const TempFolder folder;
  Model model = scrambled_model(small_architecture(), 1);
  CHECK_THROWS_AS(export_onnx(folder / "none/m.onnx", model, {}), IoError);
  CHECK_THROWS_AS(export_onnx(folder / "m.onnx", model,
                              {.normalisation = Normalisation{{0.5F, 0.5F}, {1.0F, 1.0F}}}),
                  std::invalid_argument);
  model.weights.erase("stem.weight");
  CHECK_THROWS_AS(export_onnx(folder / "m.onnx", model, {}), std::invalid_argument);
  CHECK(std::filesystem::is_empty(folder.path()));
}
