#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "experiments/commands/commands.hpp"
#include "experiments/commands/shared.hpp"
#include "experiments/format.hpp"
#include "experiments/simulation.hpp"
#include "kernels/error.hpp"

namespace lamarck::experiments {
namespace {

using Json = nlohmann::ordered_json;

// Of those that have one.
std::optional<double> mean(const std::vector<SimulatedRun>& runs, const auto& of) {
  double sum = 0;
  std::size_t count = 0;
  for (const SimulatedRun& run : runs)
    if (const std::optional<double> value = of(run)) {
      sum += *value;
      ++count;
    }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

// The runs' moments, part by part.
std::vector<Moment> mean_moments(const std::vector<SimulatedRun>& runs) {
  std::vector<Moment> means;
  for (std::size_t part = 0; part < kMoments; ++part) {
    const auto at = [&](const auto& of) {
      return mean(runs, [&](const SimulatedRun& run) -> std::optional<double> {
        return of(run.moments[part]);
      });
    };
    means.push_back({.seconds = *at([](const Moment& moment) { return moment.seconds; }),
                     .best = at([](const Moment& moment) { return moment.best; }),
                     .hypervolume = *at([](const Moment& moment) { return moment.hypervolume; })});
  }
  return means;
}

std::string best_text(const std::string& metric, const Moment& moment) {
  return moment.best ? metric_text(metric, *moment.best) : "-";
}

std::string seconds_text(double seconds) { return fmt::format("{:.6g}", seconds); }

std::string text_of(const std::vector<SimulatedRun>& runs, const std::string& metric) {
  std::vector<std::vector<std::string>> ends;
  for (const SimulatedRun& run : runs)
    ends.push_back({std::to_string(run.seed), std::to_string(run.evaluations),
                    seconds_text(run.seconds), fmt::format("{:.1f} %", 100 * run.busy),
                    best_text(metric, run.moments.back()),
                    fmt::format("{:.4f}", run.moments.back().hypervolume), run.reason});
  std::string text = table(
      {"seed", "evaluations", "seconds", "busy", metric, "hypervolume", "ended because"}, ends);
  std::vector<std::vector<std::string>> parts;
  for (const Moment& moment : mean_moments(runs))
    parts.push_back({seconds_text(moment.seconds), best_text(metric, moment),
                     fmt::format("{:.4f}", moment.hypervolume)});
  text += runs.size() == 1 ? "\nas time went by\n" : "\nas time went by, means of the runs\n";
  return text + table({"seconds", metric, "hypervolume"}, parts);
}

Json json_of(const Moment& moment) {
  return {{"seconds", moment.seconds},
          {"best", moment.best ? Json(*moment.best) : Json{}},
          {"hypervolume", moment.hypervolume}};
}

Json json_of(const std::vector<SimulatedRun>& runs, const std::string& metric) {
  Json json{{"metric", metric}, {"runs", Json::array()}, {"mean", Json::array()}};
  for (const SimulatedRun& run : runs) {
    Json one{{"seed", run.seed}, {"evaluations", run.evaluations}, {"seconds", run.seconds},
             {"busy", run.busy}, {"reason", run.reason},           {"moments", Json::array()}};
    for (const Moment& moment : run.moments) one["moments"].push_back(json_of(moment));
    json["runs"].push_back(std::move(one));
  }
  for (const Moment& moment : mean_moments(runs)) json["mean"].push_back(json_of(moment));
  return json;
}

int run_simulate(const Arguments& arguments) {
  const std::filesystem::path file = arguments.positionals()[0];
  const Experiment experiment =
      read_experiment(load_with_overrides(file.string(), arguments), file.parent_path());
  if (!experiment.table)
    throw ConfigError(file.string() +
                      ": trains networks, whose seconds nobody knows beforehand; `simulate` is for "
                      "experiments on a table (docs/tables.md)");
  const LoadedTable table =
      load_table(*experiment.table, experiment.objectives,
                 data_root(arguments.value("data-root"), experiment.data.root));
  check_halving(experiment, *table.table);
  const auto whole = [&](const char* name, long long high, long long otherwise) {
    return arguments.integer(name, 1, high).value_or(otherwise);
  };
  const auto runs =
      simulated_runs(experiment, table,
                     {.workers = static_cast<std::size_t>(whole("workers", 1'000'000, 1)),
                      .seconds = static_cast<double>(whole("seconds", 1'000'000'000'000, 0)),
                      .runs = static_cast<std::size_t>(whole("runs", 100'000, 1)),
                      .scheduled = arguments.has("scheduled")});
  const std::string& metric = experiment.objectives.list.front().metric;
  if (arguments.has("json"))
    std::cout << json_of(runs, metric).dump(2) << '\n';
  else
    std::cout << text_of(runs, metric);
  if (std::any_of(runs.begin(), runs.end(), [](const auto& run) { return run.failure.empty(); }))
    return kDone;
  std::cerr << "lamarck: " << runs.front().failure << '\n';
  return kFailed;
}

}  // namespace

Command simulate_command() {
  return {
      .name = "simulate",
      .usage = "EXPERIMENT.yaml",
      .summary = "searches of a table in simulated time, on any number of workers",
      .details =
          "Each evaluation takes the seconds that the table tells, or one where it tells no times. "
          "A proposal is made when "
          "a worker is free and sees every result there is by then. Budgets are "
          "search.evaluations, search.epochs and --seconds; stop.minutes and stop.stalled do not "
          "count. Nothing is stored.",
      .examples = {"lamarck simulate experiments/nas-bench-macro.yaml --runs 20",
                   "lamarck simulate experiments/nas-bench-macro.yaml --workers 1000 --set "
                   "search.evaluations=3000 --set search.method=aging"},
      .least = 1,
      .most = 1,
      .options = {{"workers", "N", "simulated workers (default 1)"},
                  {"seconds", "S", "end after so much simulated time"},
                  {"runs", "N", "with the experiment's seed, the next, ... (default 1)"},
                  {"scheduled", "",
                   "proposals as `lamarck search` makes them, by search.lookahead: shows how long "
                   "workers wait"},
                  set_option(),
                  data_root_option(),
                  json_option()},
      .run = run_simulate};
}

}  // namespace lamarck::experiments
