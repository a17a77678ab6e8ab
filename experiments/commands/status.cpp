#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "experiments/commands/commands.hpp"
#include "experiments/commands/shared.hpp"
#include "experiments/format.hpp"

namespace lamarck::experiments {
namespace {

using Json = nlohmann::ordered_json;

// What the last process wrote is only true while that process lives.
std::string state_of(const RunReader& run, std::optional<long> process) {
  const std::string stored = run.store.fact("state").value_or("stopped");
  if (process) return "running";
  return stored == "running" ? "stopped" : stored;
}

int run_status(const Arguments& arguments) {
  const RunReader run = read_run(arguments.positionals()[0]);
  const Counts counts = count(run.history);
  const auto process = run.store.locked_by();
  const std::string state = state_of(run, process);
  double seconds = 0;
  for (std::size_t id = 0; id < run.history.size(); ++id)
    if (const auto* result = run.history.result(id)) seconds += result->seconds;

  if (arguments.has("json")) {
    Json json{{"name", run.experiment.name},
              {"state", state},
              {"evaluations",
               {{"done", counts.done},
                {"failed", counts.failed},
                {"duplicates", counts.duplicates},
                {"rejected", counts.rejected},
                {"in_flight", counts.in_flight},
                {"target", run.experiment.search.evaluations}}},
              {"epochs",
               {{"proposed", run.history.epochs()},
                {"target",
                 run.experiment.search.epochs > 0 ? Json(run.experiment.search.epochs) : Json{}}}},
              {"front", run.front.members.size()},
              {"hypervolume", run.front.hypervolume},
              {"best", run.front.members.empty() ? Json{} : Json(run.front.members.front().id)},
              {"finals", run.store.finals().size()},
              {"candidate_seconds", seconds},
              {"process", process ? Json(*process) : Json{}}};
    for (const auto& key : {"ended", "created", "version", "kernels", "cpu"})
      if (const auto value = run.store.fact(key)) json[key] = *value;
    std::cout << json.dump(2) << '\n';
    return kDone;
  }
  std::cout << fmt::format("{}: {}{}\n", run.experiment.name, state,
                           process ? fmt::format(" (process {})", *process) : "");
  std::cout << fmt::format(
      "evaluations  {} of {} ({} failed, {} in flight), {} duplicates and {} rejected at no cost\n",
      counts.done + counts.failed, run.experiment.search.evaluations, counts.failed,
      counts.in_flight, counts.duplicates, counts.rejected);
  if (run.experiment.search.epochs > 0)
    std::cout << fmt::format("epochs       {} of {}\n", run.history.epochs(),
                             run.experiment.search.epochs);
  std::cout << fmt::format("front        {} networks, hypervolume {:.4f}\n",
                           run.front.members.size(), run.front.hypervolume);
  if (!run.front.members.empty()) {
    const auto& best = run.front.members.front();
    std::cout << fmt::format("best         #{}", best.id);
    for (const auto& objective : run.front.objectives.list)
      std::cout << fmt::format(
          "  {} {}", objective.metric,
          metric_text(objective.metric, best.metrics.find(objective.metric)->second));
    std::cout << '\n';
  }
  std::cout << fmt::format("finalists    {} retrainings\n", run.store.finals().size());
  std::cout << fmt::format("training     {} of workers' time\n", short_duration(seconds));
  if (const auto ended = run.store.fact("ended"); ended && state != "running")
    std::cout << fmt::format("ended        {}\n", *ended);
  std::cout << fmt::format(
      "made by      lamarck {}, {}, {}\n", run.store.fact("version").value_or("?"),
      run.store.fact("kernels").value_or("?"), run.store.fact("cpu").value_or("?"));
  if (state == "stopped")
    std::cout << fmt::format("to go on     lamarck resume {}\n", run.store.folder().string());
  return kDone;
}

}  // namespace

Command status_command() {
  return {
      .name = "status",
      .usage = "RUN",
      .summary = "where a run stands; safe while it is going on",
      .details = "",
      .examples = {"lamarck status runs/fashion-mnist", "lamarck status runs/fashion-mnist --json"},
      .least = 1,
      .most = 1,
      .options = {json_option()},
      .run = run_status};
}

}  // namespace lamarck::experiments
