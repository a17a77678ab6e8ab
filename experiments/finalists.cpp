#include "experiments/finalists.hpp"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>
#include <numeric>

#include "kernels/error.hpp"
#include "nn/formats/architecture_yaml.hpp"

namespace lamarck::experiments {
namespace {

std::vector<FinalJob> jobs_left(const RunContext& context, const search::Store& store,
                                const search::History& history, std::size_t& done) {
  const FinalConfig& config = context.experiment->final;
  const Front front =
      summarise_front(history, context.experiment->objectives, maxima(*context.experiment));
  const auto rows = store.finals();
  std::vector<FinalJob> jobs;
  for (const std::size_t id : choose_finalists(front, config))
    for (const auto& start : config.start)
      for (int seed = 0; seed < config.seeds; ++seed) {
        const bool there = std::any_of(rows.begin(), rows.end(), [&](const search::FinalRow& row) {
          return row.proposal == id && row.start == start && row.seed == seed;
        });
        if (there)
          ++done;
        else
          jobs.push_back({id, start, seed});
      }
  return jobs;
}

nn::Model starting_model(const RunContext& context, const search::Store& store,
                         const search::Proposal& proposal, const FinalJob& job,
                         std::uint64_t seed) {
  if (job.start == "inherited") return nn::load_model(store.weights_path(proposal.id)).model;
  return nn::make_model(nn::architecture_from_yaml(proposal.genome.text, "genome"),
                        context.experiment->init, seed);
}

search::FinalRow empty_row(const FinalJob& job, std::string message) {
  return {.proposal = job.proposal,
          .start = job.start,
          .seed = job.seed,
          .metrics = {},
          .weights = {},
          .message = std::move(message)};
}

search::Metrics test_metrics(const nn::Score& score, bool classes) {
  search::Metrics metrics{{"test_loss", score.loss}};
  metrics[classes ? "test_accuracy" : "test_r2"] = score.score;
  if (score.classes) metrics["test_f1"] = score.classes->f1;
  return metrics;
}

}  // namespace

bool retrain_finalists(const RunContext& context, search::Store& store,
                       const search::History& history, int workers) {
  const Experiment& experiment = *context.experiment;
  std::size_t done = 0;
  const std::vector<FinalJob> jobs = jobs_left(context, store, history, done);
  if (jobs.empty() && done == 0) return true;
  context.watcher->finals_begin(jobs.size() + done, done);

  const nn::TrainData data = context.data->for_finals();
  const nn::Dataset& test = context.data->sets.test;
  std::vector<std::uint32_t> test_indices(test.size());
  std::iota(test_indices.begin(), test_indices.end(), 0U);
  std::mutex one_at_a_time;  // store and watcher
  std::atomic<bool> complete{true};

  const auto moves = [&](const FinalJob& job, int epoch) {
    const std::lock_guard lock{one_at_a_time};
    context.watcher->final_moves(job, epoch, experiment.final.train.epochs);
  };
  // Nothing where it was cancelled.
  const auto retrain = [&](const FinalJob& job) -> std::optional<search::FinalRow> {
    const search::Proposal& proposal = history.proposal(job.proposal);
    const std::uint64_t seed = Random{experiment.seed, "final " + job.start,
                                      proposal.id * 1000 + static_cast<std::size_t>(job.seed)}
                                   .seed();
    const nn::Model start = starting_model(context, store, proposal, job, seed);
    moves(job, 0);
    const nn::TrainResult trained = nn::train(start, data, experiment.final.train, seed,
                                              {.on_epoch =
                                                   [&](const nn::Epoch& epoch) {
                                                     moves(job, epoch.epoch);
                                                     return true;
                                                   },
                                               .cancelled = context.stop});
    if (trained.status == nn::TrainStatus::cancelled) return std::nullopt;
    search::FinalRow row = empty_row(job, "");
    row.metrics["epochs"] = static_cast<double>(trained.epochs.size());
    if (trained.status == nn::TrainStatus::diverged) {
      row.message = "diverged: " + trained.message;
      return row;
    }
    const nn::Score score = nn::evaluate(
        trained.model, test, test_indices, data.normalisation,
        {.threads = experiment.final.train.threads, .winograd = experiment.final.train.winograd});
    row.metrics.merge(test_metrics(score, test.classes > 0));
    const auto file = store.final_weights_path(job.proposal, job.start, job.seed);
    nn::Metadata metadata = data_metadata(*context.data, true);
    metadata["candidate"] = std::to_string(job.proposal);
    metadata["start"] = job.start;
    metadata["seed"] = std::to_string(job.seed);
    if (!experiment.final.train.winograd) metadata["winograd"] = "false";
    for (const auto& [name, value] : row.metrics) metadata[name] = fmt::format("{}", value);
    nn::save_model(store.folder() / file, trained.model, metadata);
    row.weights = file.string();
    return row;
  };
  // As with candidates: one that fails is a row, a failing system ends the run.
  const auto run_job = [&](const FinalJob& job) {
    std::optional<search::FinalRow> row;
    try {
      row = retrain(job);
    } catch (const IoError&) {
      throw;
    } catch (const std::bad_alloc&) {
      row = empty_row(job, "out of memory");
    } catch (const std::exception& error) {
      row = empty_row(job, error.what());
    }
    const std::lock_guard lock{one_at_a_time};
    if (!row) {
      complete = false;
      return;
    }
    store.append(*row);
    context.watcher->final_ends(*row);
  };

  // In order, as workers become free: the first are the best, as a rule the largest, and what is
  // large must not come last.
  std::atomic<std::size_t> next{0};
  const auto work = [&](int) {
    for (std::size_t i = next++; i < jobs.size(); i = next++) {
      if (context.stop && context.stop()) {
        complete = false;
        return;
      }
      run_job(jobs[i]);
    }
  };
  tbb::task_arena arena{workers};
  arena.execute([&] { tbb::parallel_for(0, workers, 1, work, tbb::simple_partitioner{}); });
  return complete;
}

}  // namespace lamarck::experiments
