#include "experiments/dry_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "experiments/bounds.hpp"
#include "experiments/format.hpp"
#include "experiments/prepared.hpp"
#include "experiments/run.hpp"
#include "experiments/starts.hpp"
#include "kernels/threads.hpp"
#include "nn/costs.hpp"
#include "nn/network/network.hpp"

namespace lamarck::experiments {
namespace {

constexpr int kSamples = 200;
constexpr int kTimedSteps = 8;

double seconds_a_step(const nn::Model& model, const Experiment& experiment,
                      const PreparedData& data, std::size_t& arena) {
  double seconds = 0;
  kernels::with_threads(experiment.train.threads, [&] {
    nn::Network network{model,
                        {.batch = experiment.train.batch,
                         .winograd = experiment.train.winograd,
                         .precision = experiment.train.precision,
                         .plain_input = false}};
    const kernels::ImageWriter images{network.images()};
    arena = network.arena_bytes() + 3 * network.parameters().size_bytes();
    nn::Batches batches{data.sets.train,          data.split.train,       data.normalisation,
                        experiment.train.augment, experiment.train.batch, 1};
    std::vector<int> labels(
        data.sets.train.classes > 0 ? static_cast<std::size_t>(experiment.train.batch) : 0);
    std::vector<float> targets(
        static_cast<std::size_t>(experiment.train.batch * data.sets.train.target_size));
    const auto step = [&](std::size_t i) {
      batches.training(0, i % batches.steps_per_epoch(), images, labels, targets);
      network.forward(i);
      network.backward();
    };
    step(0);
    const auto began = std::chrono::steady_clock::now();
    for (std::size_t i = 1; i <= kTimedSteps; ++i) step(i);
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count() /
              kTimedSteps;
  });
  return seconds;
}

// NaN where macs are not known.
double cost_of(const search::Space& space, const search::Genome& genome) {
  const auto costs = space.costs(genome);
  const auto macs = costs.find("macs");
  return macs == costs.end() ? std::nan("") : macs->second;
}

std::string describe_space(const search::Space& space) {
  std::vector<double> macs;
  std::size_t rejected = 0;
  Random random{0, "dry run"};
  for (int i = 0; i < kSamples; ++i) {
    const auto sample = space.random(random);
    if (space.violation(sample.genome))
      ++rejected;
    else
      macs.push_back(cost_of(space, sample.genome));
  }
  std::erase_if(macs, [](double x) { return std::isnan(x); });
  std::sort(macs.begin(), macs.end());
  std::size_t neighbours = 0;
  for (const auto& start : space.starts()) neighbours += space.neighbours(start).size();
  std::string text = fmt::format(
      "# space: {} start{}, {} networks one edit away; {}\n", space.starts().size(),
      space.starts().size() == 1 ? "" : "s", neighbours,
      space.size() ? fmt::format("{:.3g} in all", *space.size()) : "unbounded but for the limits");
  if (!macs.empty())
    text +=
        fmt::format("# MACs of {} random samples: {} to {}, median {}; {} rejected by the limits\n",
                    kSamples, short_number(macs.front()), short_number(macs.back()),
                    short_number(macs[macs.size() / 2]), rejected);
  return text;
}

std::string describe_end(const Experiment& experiment) {
  std::string text;
  if (experiment.minutes > 0)
    text += fmt::format("# no new candidate after {:g} minutes\n", experiment.minutes);
  if (experiment.stalled > 0)
    text += fmt::format("# no new candidate when {} evaluations in a row gained next to nothing\n",
                        experiment.stalled);
  return text;
}

std::string describe_starts(const SpaceConfig& config,
                            const std::vector<nn::Architecture>& networks) {
  std::string text;
  for (std::size_t i = 0; i < networks.size(); ++i) {
    const nn::Costs costs = nn::costs(networks[i]);
    text += fmt::format("# start {}: {} MACs, {} parameters, {}\n", config.starts[i].name,
                        short_number(static_cast<double>(costs.macs)),
                        short_number(static_cast<double>(costs.params)),
                        config.starts[i].weights ? "with its weights" : "from scratch");
  }
  return text;
}

}  // namespace

std::string dry_run(const Experiment& experiment, const std::filesystem::path& root) {
  if (experiment.table) {
    const auto loaded = load_table(*experiment.table, experiment.objectives, root);
    check_halving(experiment, *loaded.table);
    return to_yaml(experiment) + fmt::format("# table: {} candidates\n", loaded.table->size()) +
           describe_space(*loaded.space) + describe_end(experiment);
  }
  const auto data = prepare_data(experiment.data, root, experiment.seed);
  check_objectives(experiment.objectives, data->sets.train);
  const auto space = make_space(experiment, data->sets.train);
  check_start_weights(experiment.space, *data);
  const int workers = worker_count(experiment);
  const auto starts = start_architectures(experiment.space, data->sets.train);
  const auto& largest = *std::max_element(
      starts.begin(), starts.end(),
      [](const auto& a, const auto& b) { return nn::costs(a).macs < nn::costs(b).macs; });

  std::size_t arena = 0;
  const double step =
      seconds_a_step(nn::make_model(largest, experiment.init, 1), experiment, *data, arena);
  const double steps =
      std::max(1.0, static_cast<double>(data->split.train.size()) / experiment.train.batch);
  const double candidate = step * steps * experiment.train.epochs;
  double search_seconds = candidate * static_cast<double>(experiment.search.evaluations) / workers;
  if (const int longer = experiment.search.start_epochs; longer > 0)
    search_seconds += step * steps * (longer - experiment.train.epochs) *
                      static_cast<double>(starts.size()) / workers;
  if (experiment.search.epochs > 0)
    search_seconds = std::min(
        search_seconds, step * steps * static_cast<double>(experiment.search.epochs) / workers);
  if (experiment.minutes > 0) search_seconds = std::min(search_seconds, experiment.minutes * 60);
  const auto& final = experiment.final;
  const double retrainings =
      static_cast<double>(final.choose) * final.seeds * static_cast<double>(final.start.size());
  const double final_seconds = step * steps * final.train.epochs * retrainings / workers;
  const double data_bytes =
      static_cast<double>(data->sets.train.pixels.size() + data->sets.test.pixels.size() +
                          4 * (data->sets.train.features.size() + data->sets.test.features.size()));

  std::string text = to_yaml(experiment);
  text += fmt::format(
      "# data: {} to train on, {} to validate, {} test images read by finalists alone\n",
      data->split.train.size(), data->split.validation.size(), data->sets.test.size());
  text += describe_starts(experiment.space, starts);
  text += describe_space(*space);
  if (const std::string unmet = unmet_bound(experiment.objectives, *space); !unmet.empty())
    text += "# " + unmet + "\n";
  text += fmt::format("# memory: about {} ({} workers of {}, and {} of data)\n",
                      short_bytes(static_cast<double>(arena) * workers + data_bytes), workers,
                      short_bytes(static_cast<double>(arena)), short_bytes(data_bytes));
  text += fmt::format(
      "# time: about {} for the search and {} for the finalists, were all candidates as large as "
      "the largest "
      "start ({} MACs, {} an epoch)\n",
      short_duration(search_seconds), short_duration(final_seconds),
      short_number(static_cast<double>(nn::costs(largest).macs)), short_duration(step * steps));
  return text + describe_end(experiment);
}

}  // namespace lamarck::experiments
