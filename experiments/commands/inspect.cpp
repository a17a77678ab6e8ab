#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "experiments/commands/commands.hpp"
#include "experiments/commands/shared.hpp"
#include "experiments/format.hpp"
#include "experiments/plan.hpp"
#include "experiments/source.hpp"
#include "kernels/error.hpp"
#include "nn/canonical.hpp"
#include "nn/costs.hpp"

namespace lamarck::experiments {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kTimedRounds = 25;

std::string shape_text(const nn::Shape& shape) {
  return fmt::format("{}x{}x{}", shape.channels, shape.height, shape.width);
}

Json inspect_json(const nn::Architecture& architecture) {
  const nn::Costs costs = nn::costs(architecture);
  const auto shapes = nn::infer_shapes(architecture);
  const auto each = nn::node_costs(architecture);
  Json json{
      {"macs", costs.macs},
      {"flops", 2 * costs.macs},
      {"params", costs.params},
      {"peak_activation_bytes", costs.peak_activation_bytes},
      {"depth", costs.depth},
      {"hash", fmt::format("{:016x}", nn::canonical_hash(architecture))},
      {"input", {architecture.input.channels, architecture.input.height, architecture.input.width}},
      {"layers", Json::array()}};
  for (std::size_t i = 0; i < architecture.nodes.size(); ++i) {
    const auto& node = architecture.nodes[i];
    json["layers"].push_back({{"id", node.id},
                              {"operation", nn::name(node.op)},
                              {"inputs", node.inputs},
                              {"shape", {shapes[i].channels, shapes[i].height, shapes[i].width}},
                              {"macs", each[i].macs},
                              {"params", each[i].params}});
  }
  return json;
}

std::string inspect_text(const nn::Architecture& architecture) {
  const nn::Costs costs = nn::costs(architecture);
  const auto shapes = nn::infer_shapes(architecture);
  const auto each = nn::node_costs(architecture);
  std::vector<std::vector<std::string>> rows{
      {"input", "", "", shape_text(architecture.input), "0", "0"}};
  for (std::size_t i = 0; i < architecture.nodes.size(); ++i) {
    const auto& node = architecture.nodes[i];
    std::string inputs;
    for (const auto& input : node.inputs) inputs += (inputs.empty() ? "" : ", ") + input;
    rows.push_back({node.id, std::string{nn::name(node.op)}, inputs, shape_text(shapes[i]),
                    short_number(static_cast<double>(each[i].macs)),
                    short_number(static_cast<double>(each[i].params))});
  }
  return table({"id", "operation", "inputs", "shape", "MACs", "parameters"}, rows) +
         fmt::format(
             "\n{} MACs ({} FLOPs), {} parameters, {} of activations at most alive, depth {}, hash "
             "{:016x}\n",
             short_number(static_cast<double>(costs.macs)),
             short_number(2.0 * static_cast<double>(costs.macs)),
             short_number(static_cast<double>(costs.params)),
             short_bytes(static_cast<double>(costs.peak_activation_bytes)), costs.depth,
             nn::canonical_hash(architecture));
}

kernels::DataType precision_of(const std::string& name) {
  if (name == "f32") return kernels::DataType::f32;
  if (name == "bf16") return kernels::DataType::bf16;
  throw ConfigError("--precision: expected f32 or bf16, got " + name);
}

void print_plan(const NetworkSource& source, const Arguments& arguments) {
  const PlanOptions options{
      .batch = static_cast<int>(arguments.integer("batch", 1, 1'000'000).value_or(64)),
      .training = !arguments.has("inference"),
      .threads = static_cast<int>(arguments.integer("threads", 1, 4096).value_or(1)),
      .precision = precision_of(arguments.value("precision", "f32")),
      .winograd = !arguments.has("no-winograd"),
      .rounds = arguments.has("time") ? kTimedRounds : 0};
  const Plan plan = make_plan(
      source.model ? source.model->model : nn::make_model(source.architecture, {}, 1), options);
  std::cout << (arguments.has("json") ? plan_json(plan) : plan_text(plan));
}

int run_inspect(const Arguments& arguments) {
  const auto& words = arguments.positionals();
  const int outputs = static_cast<int>(arguments.integer("outputs", 1, 1'000'000).value_or(10));
  const NetworkSource source =
      find_network(words[0], words.size() > 1 ? words[1] : "",
                   shape_from_text(arguments.value("input", "1x28x28")), outputs);
  if (arguments.has("plan") || arguments.has("time")) {
    print_plan(source, arguments);
    return kDone;
  }
  if (arguments.has("json"))
    std::cout << inspect_json(source.architecture).dump(2) << '\n';
  else
    std::cout << inspect_text(source.architecture);
  return kDone;
}

}  // namespace

Command inspect_command() {
  return {
      .name = "inspect",
      .usage = "NETWORK | RUN [ID]",
      .summary = "a network's layers: shapes, MACs (multiply-adds), parameters",
      .details =
          "NETWORK: an architecture .yaml, a model .safetensors or a built-in name (made for "
          "--input and --outputs).",
      .examples = {"lamarck inspect resnet20 --input 3x32x32",
                   "lamarck inspect runs/fashion-mnist 17 --json",
                   "lamarck inspect mobile --input 3x32x32 --plan --time"},
      .least = 1,
      .most = 2,
      .options = {{"input", "CxHxW", "image size for built-in networks (default 1x28x28)"},
                  {"outputs", "N", "outputs of built-in networks (default 10)"},
                  {"plan", "", "the steps it compiles to: layouts and bytes"},
                  {"time", "",
                   "the same with the median time of each step and its share, on random images"},
                  {"batch", "N", "images a step of the plan (default 64)"},
                  {"threads", "N", "threads of the plan (default 1)"},
                  {"precision", "P", "of the plan: f32 (default) or bf16"},
                  {"no-winograd", "", "the plan with direct convolutions alone"},
                  {"inference", "", "the plan of a forward pass alone, normalisations folded"},
                  json_option()},
      .run = run_inspect};
}

}  // namespace lamarck::experiments
