#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "experiments/commands/commands.hpp"
#include "experiments/commands/shared.hpp"
#include "kernels/error.hpp"

namespace lamarck::experiments {
namespace {

int run_resume(const Arguments& arguments) {
  const std::filesystem::path folder = arguments.positionals()[0];
  std::optional<search::Store> before = search::Store::read(folder);
  Experiment experiment = stored_experiment(*before);
  const bool stalled = before->fact("stalled") == "true";
  before.reset();
  if (const auto evaluations = arguments.integer("evaluations", 1, 100'000'000)) {
    if (static_cast<std::size_t>(*evaluations) < experiment.search.evaluations)
      throw ConfigError(
          fmt::format("--evaluations: {} is less than the run's {}; a run can only grow",
                      *evaluations, experiment.search.evaluations));
    experiment.search.evaluations = static_cast<std::size_t>(*evaluations);
  }
  if (const auto epochs = arguments.integer("epochs", 1, 100'000'000)) {
    auto& search = experiment.search;
    if (search.epochs == 0)
      throw ConfigError("--epochs: the run's budget is in evaluations; give --evaluations");
    if (static_cast<std::size_t>(*epochs) < search.epochs)
      throw ConfigError(fmt::format("--epochs: {} is less than the run's {}; a run can only grow",
                                    *epochs, search.epochs));
    // Where evaluations bounded nothing, they do not now.
    if (search.evaluations >= search.epochs)
      search.evaluations = std::max(search.evaluations, static_cast<std::size_t>(*epochs));
    search.epochs = static_cast<std::size_t>(*epochs);
  }
  // Who asks for more has seen that it stalled.
  if (stalled && (arguments.has("evaluations") || arguments.has("epochs"))) experiment.stalled = 0;
  if (const auto workers = arguments.integer("workers", 1, 4096))
    experiment.parallel.workers = static_cast<int>(*workers);
  return search_and_report(experiment, arguments, folder, false);
}

}  // namespace

Command resume_command() {
  return {
      .name = "resume",
      .usage = "RUN",
      .summary = "go on with a run that was stopped, or give it a larger budget",
      .details =
          "Candidates that were in flight start over with the same seeds, so the result equals "
          "that of a run that was "
          "never stopped, bit for bit.",
      .examples = {"lamarck resume runs/fashion-mnist",
                   "lamarck resume runs/fashion-mnist --evaluations 400"},
      .least = 1,
      .most = 1,
      .options = {{"evaluations", "N", "the new budget in all (not less than before)"},
                  {"epochs", "N", "the same, where the run's budget is in epochs"},
                  data_root_option(),
                  {"workers", "N", "candidates trained at once (default: as the experiment says)"}},
      .run = run_resume};
}

}  // namespace lamarck::experiments
