#include <fmt/format.h>

#include <iostream>

#include "experiments/commands/commands.hpp"
#include "experiments/commands/shared.hpp"
#include "experiments/prepared.hpp"
#include "experiments/source.hpp"
#include "kernels/error.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "nn/formats/dot.hpp"
#include "nn/formats/files.hpp"
#include "nn/formats/onnx.hpp"

namespace lamarck::experiments {
namespace {

void write_text(const std::string& file, const std::string& text) {
  if (file.empty() || file == "-")
    std::cout << text;
  else
    nn::write_file_atomically(file, text);
}

void export_onnx_file(const std::string& file, const NetworkSource& source,
                      const Arguments& arguments) {
  nn::OnnxOptions options{.fold_batch_norm = !arguments.has("no-fold"),
                          .dynamic_batch = !arguments.has("batch-1"),
                          .normalisation = {},
                          .metadata = source.model->metadata};
  if (arguments.has("normalise-inside")) {
    options.normalisation = normalisation_in(source.model->metadata);
    if (!options.normalisation)
      throw ConfigError(
          source.name +
          ": the model does not say how its input was normalised (--normalise-inside)");
  }
  // CSV features are numbers as they are; pixels are bytes.
  if (source.model->metadata.count("features")) options.divisor = 1;
  nn::export_onnx(file, source.model->model, options);
}

int run_export(const Arguments& arguments) {
  const auto& words = arguments.positionals();
  const std::string id = words.size() > 1 ? words[1] : "";
  const std::string format = arguments.value("format", "onnx");
  std::string output = arguments.value("output");
  if (format == "yaml" || format == "dot") {
    const NetworkSource source = find_network(words[0], id, {1, 28, 28}, 10);
    write_text(output, format == "yaml" ? nn::to_yaml(source.architecture)
                                        : nn::to_dot(source.architecture));
    return kDone;
  }
  if (format != "onnx" && format != "safetensors")
    throw ConfigError(
        fmt::format("--format: expected onnx, safetensors, yaml or dot, got '{}'", format));
  const NetworkSource source = find_model(words[0], id);
  if (output.empty()) output = "model." + format;
  if (format == "onnx")
    export_onnx_file(output, source, arguments);
  else
    nn::save_model(output, source.model->model, source.model->metadata);
  std::cerr << fmt::format("{} written to {}\n", source.name, output);
  return kDone;
}

}  // namespace

Command export_command() {
  return {.name = "export",
          .usage = "RUN [ID] | MODEL.safetensors",
          .summary = "write a network as ONNX, safetensors, YAML or DOT",
          .details =
              "Without an ID: the best of the front. A finalist comes with the weights of its "
              "retraining (the first start and "
              "seed). ONNX files read {batch, c, h, w} floats: normalised ones or, with "
              "--normalise-inside, raw pixels 0..255.",
          .examples = {"lamarck export runs/fashion-mnist --format onnx --output model.onnx",
                       "lamarck export runs/fashion-mnist 17 --format dot | dot -Tpng > net.png"},
          .least = 1,
          .most = 2,
          .options = {{"format,f", "FORMAT", "onnx (default), safetensors, yaml or dot"},
                      {"output,o", "FILE",
                       "default: model.<format>, or standard output for yaml and dot"},
                      {"no-fold", "", "ONNX: keep batch normalisation as nodes of its own"},
                      {"batch-1", "", "ONNX: a fixed batch of 1 instead of a dynamic one"},
                      {"normalise-inside", "",
                       "ONNX: the graph takes raw pixels and normalises them itself"}},
          .run = run_export};
}

}  // namespace lamarck::experiments
