#include "experiments/simulation.hpp"

#include <tbb/parallel_for.h>

#include <algorithm>

#include "experiments/run.hpp"
#include "experiments/summary.hpp"
#include "search/simulate.hpp"
#include "search/table_evaluator.hpp"

namespace lamarck::experiments {
namespace {

// The history as it stood then.
search::History until(const search::History& history, const std::vector<double>& finished,
                      double seconds) {
  search::History part;
  for (std::size_t id = 0; id < history.size(); ++id) {
    part.add(history.proposal(id));
    if (finished[id] <= seconds) part.add(id, *history.result(id));
  }
  return part;
}

std::size_t evaluated(const search::History& history) {
  const Counts counts = count(history);
  return counts.done + counts.failed;
}

// All in one box, that of the end.
std::vector<Moment> moments(const search::History& history, const search::SimulationEnd& end,
                            const search::Objectives& objectives) {
  search::Objectives boxed = objectives;
  const Front last = summarise_front(history, objectives, {});
  for (std::size_t i = 0; i < boxed.list.size(); ++i) boxed.list[i].bound = last.reference[i];
  std::vector<Moment> all;
  for (std::size_t part = 1; part <= kMoments; ++part) {
    const double seconds = end.seconds * static_cast<double>(part) / static_cast<double>(kMoments);
    const Front front = summarise_front(until(history, end.finished, seconds), boxed, {});
    Moment moment{.seconds = seconds, .hypervolume = front.hypervolume};
    if (!front.members.empty())
      moment.best = front.members.front().metrics.at(boxed.list.front().metric);
    all.push_back(moment);
  }
  return all;
}

SimulatedRun simulated(const RunContext& context, const SimulationPlan& plan, std::uint64_t seed) {
  const Experiment& experiment = *context.experiment;
  const auto searcher = make_searcher(context);
  const auto evaluator =
      search::make_table_evaluator(context.table, {.epochs = experiment.table->epochs});
  search::SimulationOptions options{.seed = seed,
                                    .evaluations = experiment.search.evaluations,
                                    .epochs = experiment.search.epochs,
                                    .epochs_each = full_epochs(experiment, context.table.get()),
                                    .workers = plan.workers,
                                    .seconds = plan.seconds};
  if (!experiment.table->format.seconds.empty()) options.untold_seconds = 0;  // the table tells all
  if (plan.scheduled) options.lookahead = experiment.search.lookahead;
  search::History history;
  const auto end = search::simulate(*context.space, *searcher, *evaluator, history, options);
  return {.seed = seed,
          .evaluations = evaluated(history),
          .seconds = end.seconds,
          .busy = end.busy,
          .reason = end.reason,
          .failure = failure(history),
          .moments = moments(history, end, experiment.objectives)};
}

}  // namespace

std::vector<SimulatedRun> simulated_runs(const Experiment& experiment, const LoadedTable& table,
                                         const SimulationPlan& plan) {
  const RunContext context{
      .experiment = &experiment, .table = table.table, .space = table.space.get(), .stop = {}};
  std::vector<SimulatedRun> runs(plan.runs);
  tbb::parallel_for(std::size_t{0}, plan.runs, [&](std::size_t i) {
    runs[i] = simulated(context, plan, experiment.seed + i);
  });
  return runs;
}

}  // namespace lamarck::experiments
