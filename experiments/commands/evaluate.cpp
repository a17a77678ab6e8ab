#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <numeric>

#include "experiments/commands/commands.hpp"
#include "experiments/commands/shared.hpp"
#include "experiments/prepared.hpp"
#include "experiments/scores.hpp"
#include "experiments/source.hpp"
#include "kernels/error.hpp"

namespace lamarck::experiments {
namespace {

std::string value_of(const nn::Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? "" : found->second;
}

int run_evaluate(const Arguments& arguments) {
  const auto& words = arguments.positionals();
  const NetworkSource source = find_model(words[0], words.size() > 1 ? words[1] : "");
  const nn::Metadata& metadata = source.model->metadata;
  const std::string name = arguments.value("dataset", value_of(metadata, "dataset"));
  if (name.empty())
    throw ConfigError(source.name + ": the model does not name its data set; give --dataset");
  const auto normalisation = normalisation_in(metadata);
  if (!normalisation)
    throw ConfigError(source.name + ": the model does not say how its input was normalised");

  nn::LoadOptions options = load_options_in(metadata);
  if (arguments.has("numeric")) options.csv.target = nn::CsvOptions::Target::numbers;
  const nn::TrainTest sets = nn::load_dataset(
      name, data_root(arguments.value("data-root"), source.data_root),
      std::strtoull(value_of(metadata, "dataset.seed").c_str(), nullptr, 10), options);
  const std::string split = arguments.value("split", "test");
  if (split != "test" && split != "train")
    throw ConfigError(fmt::format("--split: expected test or train, got '{}'", split));
  const nn::Dataset& data = split == "test" ? sets.test : sets.train;
  if (source.architecture.input != data.shape ||
      nn::infer_shapes(source.architecture).back().elements() != data.outputs())
    throw ConfigError(fmt::format(
        "{}: does not fit {}: sizes of images or numbers of outputs differ", source.name, name));

  std::vector<std::uint32_t> all(data.size());
  std::iota(all.begin(), all.end(), 0U);
  const bool winograd = !arguments.has("no-winograd") && value_of(metadata, "winograd") != "false";
  const nn::Score score =
      nn::evaluate(source.model->model, data, all, *normalisation, {.winograd = winograd});
  if (arguments.has("json"))
    std::cout << score_json(score, data.class_names,
                            {{"model", source.name}, {"dataset", name}, {"split", split}});
  else
    std::cout << fmt::format("{} on {} ({}), ", source.name, name, split)
              << score_text(score, data.class_names);
  return kDone;
}

}  // namespace

Command evaluate_command() {
  return {.name = "evaluate",
          .usage = "MODEL.safetensors | RUN [ID]",
          .summary = "score a trained network: accuracy, F1, confusion, calibration",
          .details = "The data set is the one the model was trained on, unless named.",
          .examples = {"lamarck evaluate model.safetensors",
                       "lamarck evaluate runs/fashion-mnist 17 --split train --json"},
          .least = 1,
          .most = 2,
          .options = {{"dataset", "NAME", "another data set"},
                      {"split", "NAME", "test (default) or train"},
                      {"numeric", "", "a CSV whose target is a number, not a class"},
                      {"no-winograd", "", "direct convolutions alone, as for a model trained so"},
                      data_root_option(),
                      json_option()},
          .run = run_evaluate};
}

}  // namespace lamarck::experiments
