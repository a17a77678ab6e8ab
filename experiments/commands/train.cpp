#include <fmt/format.h>

#include <iostream>
#include <numeric>

#include "experiments/commands/commands.hpp"
#include "experiments/commands/shared.hpp"
#include "experiments/format.hpp"
#include "experiments/interrupt.hpp"
#include "experiments/prepared.hpp"
#include "experiments/scores.hpp"
#include "experiments/source.hpp"
#include "kernels/error.hpp"
#include "nn/costs.hpp"
#include "nn/network/free_memory.hpp"

namespace lamarck::experiments {
namespace {

Experiment experiment_of(const Arguments& arguments) {
  if (arguments.positionals().empty()) {
    nn::YamlNode root = nn::YamlNode::parse("{}", "command line");
    for (const std::string& item : arguments.values("set")) {
      const auto equals = item.find('=');
      if (equals == std::string::npos)
        throw ConfigError(fmt::format("--set {}: expected KEY=VALUE", item));
      root.set(item.substr(0, equals), item.substr(equals + 1));
    }
    return read_experiment(root, ".");
  }
  const std::filesystem::path file = arguments.positionals()[0];
  return read_experiment(load_with_overrides(file.string(), arguments), file.parent_path());
}

void check_fits(const NetworkSource& source, const nn::Dataset& data) {
  const auto shape = source.architecture.input;
  const auto outputs = nn::infer_shapes(source.architecture).back().elements();
  if (shape == data.shape && outputs == data.outputs()) return;
  throw ConfigError(fmt::format("{}: reads {}x{}x{} and gives {} outputs; {} has {}x{}x{} and {}",
                                source.name, shape.channels, shape.height, shape.width, outputs,
                                data.name, data.shape.channels, data.shape.height, data.shape.width,
                                data.outputs()));
}

nn::Model starting_model(const Experiment& experiment, const Arguments& arguments,
                         const nn::Dataset& data) {
  if (!arguments.has("network"))
    return nn::make_model(start_architectures(experiment.space, data).front(), experiment.init,
                          experiment.seed);
  const std::string what = arguments.value("network");
  NetworkSource source = what.ends_with(".safetensors")
                             ? find_model(what, "")
                             : find_network(what, "", data.shape, data.outputs());
  check_fits(source, data);
  if (source.model) return source.model->model;
  return nn::make_model(source.architecture, experiment.init, experiment.seed);
}

int run_train(const Arguments& arguments) {
  Experiment experiment = experiment_of(arguments);
  if (const auto epochs = arguments.integer("epochs", 1, 100000))
    experiment.train.epochs = static_cast<int>(*epochs);
  const auto data =
      prepare_data(experiment.data, data_root(arguments.value("data-root"), experiment.data.root),
                   experiment.seed);
  const nn::Model start = starting_model(experiment, arguments, data->sets.train);
  const nn::Costs costs = nn::costs(start.architecture);
  const bool whole = arguments.has("all");
  const nn::TrainData sets = whole ? data->for_finals() : data->for_search();
  std::cerr << fmt::format("{} MACs, {} parameters; {} examples to train on, {} to validate\n",
                           short_number(static_cast<double>(costs.macs)),
                           short_number(static_cast<double>(costs.params)), sets.train.size(),
                           sets.validation.size());

  nn::check_memory(fmt::format("training with a batch of {}; a smaller batch needs less",
                               experiment.train.batch),
                   nn::training_bytes(start, sets.validation.size(), experiment.train),
                   nn::available_bytes());
  watch_for_interrupts();
  const bool classes = data->sets.train.classes > 0;
  const auto on_epoch = [&](const nn::Epoch& epoch) {
    std::cerr << fmt::format("epoch {:>3}/{}  {:>6}  rate {:.4f}  loss {:.4f}", epoch.epoch,
                             experiment.train.epochs, short_duration(epoch.seconds), epoch.rate,
                             epoch.train_loss);
    if (classes) std::cerr << fmt::format("  accuracy {:.2f} %", 100 * epoch.train_accuracy);
    if (!whole)
      std::cerr << (classes ? fmt::format("  validation accuracy {:.2f} %, loss {:.4f}",
                                          100 * epoch.validation_score, epoch.validation_loss)
                            : fmt::format("  validation R2 {:.4f}, loss {:.4g}",
                                          epoch.validation_score, epoch.validation_loss));
    std::cerr << '\n';
    return true;
  };
  const nn::TrainResult result = nn::train(start, sets, experiment.train, experiment.seed,
                                           {.on_epoch = on_epoch, .cancelled = interrupted});
  if (result.status == nn::TrainStatus::cancelled) {
    std::cerr << "stopped; nothing was written\n";
    return kInterrupted;
  }
  if (result.status == nn::TrainStatus::diverged) {
    std::cerr << "lamarck: training diverged: " << result.message << "; try a lower rate\n";
    return kFailed;
  }

  const std::string output = arguments.value("output", "model.safetensors");
  nn::Metadata metadata = data_metadata(*data, whole);
  metadata["epochs"] = std::to_string(result.epochs.size());
  metadata["seed"] = std::to_string(experiment.seed);
  if (!experiment.train.winograd) metadata["winograd"] = "false";
  nn::save_model(output, result.model, metadata);
  const auto report = [&](const std::string& split, const nn::Score& score) {
    if (arguments.has("json"))
      std::cout << score_json(
          score, data->sets.train.class_names,
          {{"model", output}, {"dataset", data->sets.train.name}, {"split", split}});
    else
      std::cout << split << ", " << score_text(score, data->sets.train.class_names);
  };
  if (arguments.has("test")) {
    std::vector<std::uint32_t> all(data->sets.test.size());
    std::iota(all.begin(), all.end(), 0U);
    report("test", nn::evaluate(result.model, data->sets.test, all, data->normalisation,
                                {.winograd = experiment.train.winograd}));
  } else if (!whole) {
    report("validation", result.validation);
  }
  std::cerr << fmt::format("model written to {}\n", output);
  return kDone;
}

}  // namespace

Command train_command() {
  return {
      .name = "train",
      .usage = "[EXPERIMENT.yaml]",
      .summary = "train one network with an experiment's data and train sections",
      .details =
          "Without a file the defaults hold; --set changes any key. The test set is read only with "
          "--test.",
      .examples = {"lamarck train --set data.dataset=mnist --network small-plain --epochs 5",
                   "lamarck train experiments/fashion-mnist.yaml --network nets/mine.yaml --output "
                   "mine.safetensors"},
      .least = 0,
      .most = 1,
      .options =
          {{"network,n", "NETWORK",
            "a built-in, an architecture .yaml or a model .safetensors (default: the first start)"},
           {"epochs,e", "N", "short for --set train.epochs=N"},
           {"output,o", "FILE", "default: model.safetensors"},
           {"all", "", "train on the whole training set, validate on nothing"},
           {"test", "", "score on the test set afterwards"},
           set_option(),
           data_root_option(),
           json_option()},
      .run = run_train};
}

}  // namespace lamarck::experiments
