#include "experiments/prepared.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "kernels/cpu.hpp"
#include "kernels/error.hpp"
#include "kernels/random.hpp"
#include "nn/blocks.hpp"
#include "nn/network/free_memory.hpp"
#include "nn/training/train.hpp"

namespace lamarck::experiments {
namespace {

std::string numbers(const std::vector<float>& values) {
  return fmt::format("{}", fmt::join(values, ","));
}

std::vector<float> numbers_in(const std::string& text) {
  std::vector<float> values;
  std::istringstream in{text};
  for (std::string item; std::getline(in, item, ',');)
    values.push_back(std::strtof(item.c_str(), nullptr));
  return values;
}

}  // namespace

std::filesystem::path data_root(const std::string& flag, const std::string& configured) {
  if (!flag.empty()) return flag;
  if (const char* variable = std::getenv("LAMARCK_DATA"); variable && *variable) return variable;
  return configured.empty() ? "data" : configured;
}

nn::TrainData PreparedData::for_search() const {
  return {.data = &sets.train,
          .train = split.train,
          .validation = split.validation,
          .normalisation = normalisation};
}

nn::TrainData PreparedData::for_finals() const {
  std::vector<std::uint32_t> indices = split.train;
  indices.insert(indices.end(), split.validation.begin(), split.validation.end());
  std::sort(indices.begin(), indices.end());
  return {.data = &sets.train, .train = indices, .validation = {}, .normalisation = normalisation};
}

std::unique_ptr<PreparedData> prepare_data(const DataConfig& config,
                                           const std::filesystem::path& root, std::uint64_t seed) {
  auto data = std::make_unique<PreparedData>();
  data->sets = nn::load_dataset(config.dataset, root, seed, config.load);
  data->seed = seed;
  data->load = config.load;
  const std::size_t size = data->sets.train.size();
  const std::size_t validation =
      config.validation > 0 ? config.validation : std::max<std::size_t>(1, size / 6);
  data->split = config.hold_out_last ? nn::split_last(data->sets.train, validation)
                                     : nn::stratified_split(data->sets.train, validation,
                                                            config.split.value_or(seed));
  data->normalisation = nn::measure_normalisation(data->sets.train, data->split.train);
  return data;
}

std::vector<nn::Architecture> start_architectures(const SpaceConfig& config,
                                                  const nn::Dataset& data) {
  std::vector<nn::Architecture> result;
  for (const Start& start : config.starts) {
    nn::Architecture architecture = start.architecture
                                        ? *start.architecture
                                        : nn::built_in(start.name, data.shape, data.outputs());
    const auto complain = [&](const std::string& what) {
      throw ConfigError(fmt::format("{}: {}: {}", start.place.empty() ? "space.start" : start.place,
                                    start.name, what));
    };
    if (const auto fault = nn::find_fault(architecture)) complain(*fault);
    const auto text = [](const nn::Shape& s) {
      return fmt::format("{}x{}x{}", s.channels, s.height, s.width);
    };
    if (architecture.input != data.shape)
      complain(fmt::format("reads {}, but {} has {}", text(architecture.input), data.name,
                           text(data.shape)));
    const nn::Shape output = nn::infer_shapes(architecture).back();
    if (output.elements() != data.outputs())
      complain(fmt::format("gives {} outputs, but {} needs {}", output.elements(), data.name,
                           data.outputs()));
    result.push_back(std::move(architecture));
  }
  return result;
}

std::unique_ptr<search::Space> make_space(const Experiment& experiment, const nn::Dataset& data) {
  const SpaceConfig& config = experiment.space;
  return search::make_cnn_space({.starts = start_architectures(config, data),
                                 .edits = config.edits,
                                 .limits = config.limits,
                                 .sites = config.sites,
                                 .random_steps = config.random_steps});
}

void check_objectives(const search::Objectives& objectives, const nn::Dataset& data) {
  const bool classes = data.classes > 0;
  for (const auto& objective : objectives.list)
    if (objective.metric == (classes ? "r2" : "accuracy"))
      throw ConfigError(
          fmt::format("objectives: {} has {}, so candidates have no {} (did you mean {}?)",
                      data.name, classes ? "classes" : "numbers as targets", objective.metric,
                      classes ? "accuracy" : "r2"));
}

std::string fingerprint(const nn::TrainTest& sets) {
  std::string parts;
  const auto add = [&](const auto& values) {
    const std::string_view bytes{reinterpret_cast<const char*>(values.data()),
                                 values.size() * sizeof(values[0])};
    parts += fmt::format("{:016x} ", stable_hash(bytes));
  };
  for (const nn::Dataset* data : {&sets.train, &sets.test}) {
    add(data->pixels);
    add(data->features);
    add(data->labels);
    add(data->targets);
  }
  return fmt::format("{:016x}", stable_hash(parts));
}

std::string held_out(const nn::Split& split) {
  if (split.validation.empty()) return "none";
  const std::string_view bytes{reinterpret_cast<const char*>(split.validation.data()),
                               split.validation.size() * sizeof(split.validation[0])};
  return fmt::format("{} of {}, {:016x}", split.validation.size(),
                     split.validation.size() + split.train.size(), stable_hash(bytes));
}

nn::Metadata data_metadata(const PreparedData& data, bool whole) {
  nn::Metadata metadata{{"dataset", data.sets.train.name},
                        {"dataset.held_out", whole ? "none" : held_out(data.split)},
                        {"dataset.seed", std::to_string(data.seed)},
                        {"normalisation.mean", numbers(data.normalisation.mean)},
                        {"normalisation.deviation", numbers(data.normalisation.deviation)}};
  if (!data.sets.train.features.empty()) {
    metadata["features"] = "numbers";
    metadata["dataset.target"] = data.load.csv.column;
    metadata["dataset.kind"] = data.sets.train.classes > 0 ? "class" : "number";
    metadata["dataset.test_share"] = fmt::format("{}", data.load.csv.test_share);
  }
  if (!data.sets.train.class_names.empty())
    metadata["classes"] = fmt::format("{}", fmt::join(data.sets.train.class_names, ","));
  return metadata;
}

std::optional<nn::Normalisation> normalisation_in(const nn::Metadata& metadata) {
  const auto mean = metadata.find("normalisation.mean");
  const auto deviation = metadata.find("normalisation.deviation");
  if (mean == metadata.end() || deviation == metadata.end()) return std::nullopt;
  return nn::Normalisation{numbers_in(mean->second), numbers_in(deviation->second)};
}

nn::LoadOptions load_options_in(const nn::Metadata& metadata) {
  nn::LoadOptions options;
  if (const auto column = metadata.find("dataset.target"); column != metadata.end())
    options.csv.column = column->second;
  if (const auto kind = metadata.find("dataset.kind"); kind != metadata.end())
    options.csv.target =
        kind->second == "class" ? nn::CsvOptions::Target::classes : nn::CsvOptions::Target::numbers;
  if (const auto share = metadata.find("dataset.test_share"); share != metadata.end())
    options.csv.test_share = std::strtod(share->second.c_str(), nullptr);
  return options;
}

int worker_count(const Experiment& experiment) {
  const int cores = kernels::this_cpu().cores;
  const int threads = experiment.parallel.threads_per_candidate;
  const int lookahead = static_cast<int>(std::min<std::size_t>(experiment.search.lookahead, 4096));
  if (experiment.parallel.workers == 0) return std::clamp(cores / threads, 1, lookahead);
  const int workers = experiment.parallel.workers;
  if (workers * threads > cores && !experiment.parallel.oversubscribe)
    throw ConfigError(
        fmt::format("parallel: {} workers of {} threads on {} cores would slow each other down; "
                    "lower parallel.workers or set "
                    "parallel.oversubscribe: true",
                    workers, threads, cores));
  return workers;
}

int finalists_at_once(const Experiment& experiment) {
  const int cores = kernels::this_cpu().cores;
  const int threads = experiment.final.train.threads;
  if (experiment.final.choose > 0 && threads > cores &&
      threads != experiment.parallel.threads_per_candidate && !experiment.parallel.oversubscribe)
    throw ConfigError(
        fmt::format("final.threads: {} threads on {} cores would slow each other down; lower it or "
                    "set parallel.oversubscribe: true",
                    threads, cores));
  return std::max(1,
                  worker_count(experiment) * experiment.parallel.threads_per_candidate / threads);
}

void check_memory(const Experiment& experiment, const PreparedData& data) {
  const auto networks = start_architectures(experiment.space, data.sets.train);
  const auto available = nn::available_bytes();
  const auto check = [&](const nn::Architecture& network, const std::string& name,
                         const nn::TrainOptions& train, std::size_t validation, int workers) {
    const std::size_t each = nn::training_bytes(
        nn::make_model(network, experiment.init, experiment.seed), validation, train);
    nn::check_memory(
        fmt::format("training {} with a batch of {} in {} worker{}; a smaller batch or fewer "
                    "workers need less",
                    name, train.batch, workers, workers == 1 ? "" : "s"),
        each * static_cast<std::size_t>(workers), available);
  };
  for (std::size_t i = 0; i < networks.size(); ++i) {
    const std::string& name = experiment.space.starts[i].name;
    check(networks[i], name, experiment.train, data.split.validation.size(),
          worker_count(experiment));
    if (experiment.final.choose > 0)
      check(networks[i], name + " as a finalist", experiment.final.train, 0,
            finalists_at_once(experiment));
  }
}

}  // namespace lamarck::experiments
