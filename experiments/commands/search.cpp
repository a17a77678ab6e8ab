#include <filesystem>
#include <iostream>

#include "experiments/commands/commands.hpp"
#include "experiments/commands/shared.hpp"
#include "experiments/dry_run.hpp"

namespace lamarck::experiments {
namespace {

int run_search(const Arguments& arguments) {
  const std::filesystem::path file = arguments.positionals()[0];
  Experiment experiment =
      read_experiment(load_with_overrides(file.string(), arguments), file.parent_path());
  if (const auto workers = arguments.integer("workers", 1, 4096))
    experiment.parallel.workers = static_cast<int>(*workers);
  if (arguments.has("dry-run")) {
    std::cout << dry_run(experiment, data_root(arguments.value("data-root"), experiment.data.root));
    return kDone;
  }
  const std::filesystem::path folder = arguments.value("run", "runs/" + experiment.name);
  return search_and_report(experiment, arguments, folder, true);
}

}  // namespace

Command search_command() {
  return {
      .name = "search",
      .usage = "EXPERIMENT.yaml",
      .summary = "search for networks as an experiment says, and test the finalists",
      .details =
          "Makes a run folder and fills it. The same experiment gives the same front for any "
          "number of workers. A run that "
          "was stopped, by Ctrl-C, a crash or a reboot, goes on with `lamarck resume`.",
      .examples = {"lamarck search experiments/quickstart.yaml",
                   "lamarck search experiments/fashion-mnist.yaml --run runs/second --set seed=2",
                   "lamarck search mine.yaml --dry-run"},
      .least = 1,
      .most = 1,
      .options = {{"run", "DIR", "the run folder to make (default: runs/<name>)"},
                  set_option(),
                  data_root_option(),
                  {"workers", "N", "candidates trained at once (default: one a core)"},
                  {"dry-run", "", "print the resolved experiment and estimates, run nothing"}},
      .run = run_search};
}

}  // namespace lamarck::experiments
