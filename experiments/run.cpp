#include "experiments/run.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <set>

#include "experiments/finalists.hpp"
#include "experiments/proxies.hpp"
#include "experiments/starts.hpp"
#include "experiments/version.hpp"
#include "kernels/cpu.hpp"
#include "kernels/error.hpp"
#include "search/halving.hpp"
#include "search/start_epochs.hpp"
#include "search/table_evaluator.hpp"
#include "search/training_evaluator.hpp"

namespace lamarck::experiments {
namespace {

// A run measures latency in the units of its first start, also where the machine is busier now.
std::shared_ptr<const nn::LatencyMeter> latency_meter(const search::Objectives& objectives,
                                                      search::Store& store) {
  const bool asked = std::any_of(objectives.list.begin(), objectives.list.end(),
                                 [](const auto& o) { return o.metric == "latency"; });
  if (!asked) return nullptr;
  if (const auto stored = store.fact("latency_reference"))
    return std::make_shared<nn::LatencyMeter>(std::strtod(stored->c_str(), nullptr));
  auto meter = std::make_shared<nn::LatencyMeter>();
  store.set_fact("latency_reference", fmt::format("{}", meter->reference_seconds()));
  return meter;
}

std::unique_ptr<search::Evaluator> make_evaluator(const RunContext& context, search::Store& store) {
  const Experiment& experiment = *context.experiment;
  if (context.table)
    return search::make_table_evaluator(context.table, {.epochs = experiment.table->epochs});
  return search::make_training_evaluator({.data = context.data->for_search(),
                                          .train = experiment.train,
                                          .init = experiment.init,
                                          .inherit = experiment.search.inherit,
                                          .quick_examples = experiment.search.quick_examples,
                                          .dismissed_below = experiment.search.dismiss,
                                          .metadata = data_metadata(*context.data),
                                          .latency = latency_meter(experiment.objectives, store),
                                          .start_weights = start_weights(experiment.space)});
}

std::unique_ptr<search::Searcher> halved(std::unique_ptr<search::Searcher> searcher,
                                         const HalvingConfig& halving, const RunContext& context) {
  const int most = full_epochs(*context.experiment, context.table.get());
  return search::make_halving(std::move(searcher), context.experiment->objectives,
                              {.rungs = search::halving_rungs(halving.least, most, halving.eta),
                               .eta = halving.eta,
                               .asynchronous = halving.asynchronous,
                               .bracket = halving.bracket});
}

// Starts that nobody has trained.
std::set<search::Genome> fresh_starts(const RunContext& context) {
  const auto weights = start_weights(context.experiment->space);
  std::set<search::Genome> fresh;
  for (auto& start : context.space->starts())
    if (!weights.contains(start.text)) fresh.insert(std::move(start));
  return fresh;
}

}  // namespace

int full_epochs(const Experiment& experiment, const search::Table* table) {
  if (!table) return experiment.train.epochs;
  const int longest = table->epochs();
  return experiment.table->epochs > 0 ? std::min(experiment.table->epochs, longest) : longest;
}

void check_halving(const Experiment& experiment, const search::Table& table) {
  const auto& halving = experiment.search.halving;
  if (!halving) return;
  const search::CurveEpochs& curve = table.curve_epochs();
  const int most = full_epochs(experiment, &table);
  if (halving->least < curve.at(0))
    throw ConfigError(
        fmt::format("search.halving: candidates begin with {} epoch{}, the first that "
                    "the table tells of is {}",
                    halving->least, halving->least == 1 ? "" : "s", curve.at(0)));
  if (halving->least >= most || curve.points(halving->least) == curve.points(most))
    throw ConfigError(
        fmt::format("search.halving: candidates begin with {} of {} epochs, and the table tells "
                    "nothing new after them: there is nothing to halve",
                    halving->least, most));
}

std::unique_ptr<search::Searcher> make_searcher(const RunContext& context) {
  const Experiment& experiment = *context.experiment;
  search::MethodOptions method = experiment.search.method;
  method.inherits = !context.table && experiment.search.inherit;
  auto searcher = search::make_searcher(*context.space, experiment.objectives, method);
  if (const auto& prescreen = experiment.search.prescreen)
    searcher = search::make_prescreened(*context.space, std::move(searcher),
                                        prescreen_score(experiment, context.data->for_search()),
                                        prescreen->of);
  if (const auto& halving = experiment.search.halving)
    searcher = halved(std::move(searcher), *halving, context);
  if (const int epochs = experiment.search.start_epochs; epochs > 0)
    searcher = search::make_longer_starts(std::move(searcher), epochs, fresh_starts(context));
  return searcher;
}

std::map<std::string, std::string> run_facts(const Experiment& experiment) {
  const kernels::Cpu cpu = kernels::this_cpu();
  return {{"name", experiment.name},
          {"experiment", to_yaml(experiment)},
          {"version", std::string{version()}},
          {"kernels", kernels::kernel_library()},
          {"cpu", fmt::format("{} ({})", cpu.model, cpu.isa)},
          {"precision", std::string{kernels::name(experiment.train.precision)}},
          {"created", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)))},
          {"state", "running"}};
}

search::DriverEnd run(const RunContext& context, search::Store& store) {
  const Experiment& experiment = *context.experiment;
  Watcher& watcher = *context.watcher;
  const int workers = worker_count(experiment);
  search::History history = store.history();
  const auto evaluator = make_evaluator(context, store);
  const auto searcher = make_searcher(context);

  store.set_fact("state", "running");
  watcher.search_begins(experiment, history, workers);
  std::mutex one_at_a_time;
  const auto guarded = [&](const auto& call) {
    const std::lock_guard lock{one_at_a_time};
    call();
  };
  const search::DriverEnd end = search::drive(
      *context.space, *searcher, *evaluator, experiment.objectives, store, history,
      {.seed = experiment.seed,
       .evaluations = experiment.search.evaluations,
       .epochs = experiment.search.epochs,
       .epochs_each = full_epochs(*context.experiment, context.table.get()),
       .lookahead = experiment.search.lookahead,
       .workers = workers,
       .threads = experiment.parallel.threads_per_candidate,
       .stalled = experiment.stalled,
       .minutes = experiment.minutes},
      {.on_start =
           [&](const auto& proposal) { guarded([&] { watcher.candidate_begins(proposal); }); },
       .on_progress =
           [&](const auto& progress) { guarded([&] { watcher.candidate_moves(progress); }); },
       .on_result =
           [&](std::size_t id, const auto& result, const auto& so_far) {
             guarded([&] { watcher.candidate_ends(id, result, so_far); });
           },
       .stop = context.stop});
  watcher.search_ends(end);
  store.set_fact("state", "stopped");
  store.set_fact("ended", end.reason);
  store.set_fact("stalled", end.stop == search::Stop::stalled ? "true" : "false");
  if (end.stop == search::Stop::interrupted) return end;
  if (!retrain_finalists(context, store, history, finalists_at_once(experiment)))
    return {search::Stop::interrupted, "stopped while finalists were being retrained"};
  store.set_fact("state", "finished");
  return end;
}

Experiment stored_experiment(const search::Store& store) {
  const auto text = store.fact("experiment");
  if (!text) throw IoError(store.folder().string() + ": the run holds no experiment");
  try {
    Experiment experiment =
        read_experiment(nn::YamlNode::parse(*text, "experiment"), store.folder());
    // Runs from before there was a choice were in f32, whatever this CPU would choose.
    if (!store.fact("precision")) {
      experiment.train.precision = kernels::DataType::f32;
      experiment.final.train.precision = kernels::DataType::f32;
    }
    return experiment;
  } catch (const ConfigError& error) {
    throw IoError(store.folder().string() +
                  ": the stored experiment does not read: " + error.what());
  }
}

}  // namespace lamarck::experiments
