// A run: an experiment in a run folder. Starts one, goes on with one, and retrains the finalists.
#pragma once
#include <compare>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "experiments/config/experiment.hpp"
#include "experiments/prepared.hpp"
#include "experiments/summary.hpp"
#include "search/driver.hpp"
#include "search/store.hpp"

namespace lamarck::experiments {

/// One retraining of a finalist.
struct FinalJob {
  std::size_t proposal = 0;
  std::string start;  ///< `inherited` or `scratch`
  int seed = 0;
  auto operator<=>(const FinalJob&) const = default;
};

/// Who watches a run, e.g. the live line. Calls may come from any worker, one at a time.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void search_begins(const Experiment&, const search::History&, int workers) = 0;
  virtual void candidate_begins(const search::Proposal&) = 0;
  virtual void candidate_moves(const search::Progress&) = 0;
  virtual void candidate_ends(std::size_t id, const search::Result&, const search::History&) = 0;
  virtual void search_ends(const search::DriverEnd&) = 0;
  virtual void finals_begin(std::size_t retrainings, std::size_t already_done) = 0;
  /// One of them has done `epoch` (from 0) of `epochs`.
  virtual void final_moves(const FinalJob&, int epoch, int epochs) = 0;
  virtual void final_ends(const search::FinalRow&) = 0;
};

/// What a run needs beside its experiment.
struct RunContext {
  const Experiment* experiment = nullptr;
  const PreparedData* data = nullptr;  ///< none where a table is searched
  std::shared_ptr<const search::Table> table = {};
  const search::Space* space = nullptr;
  Watcher* watcher = nullptr;
  /// True: leave soon; all that is stored stays, the rest starts over on resume.
  std::function<bool()> stop = {};
};

/// Epochs that a candidate is trained for in all, or that the table's longest curve has.
[[nodiscard]] int full_epochs(const Experiment& experiment, const search::Table* table);
/// \throws ConfigError where there is nothing to halve on the table, or it does not tell of as few
///   epochs as halving begins with
void check_halving(const Experiment& experiment, const search::Table& table);
/// The experiment's method, with what is on top of it: prescreen, halving, longer starts.
/// \pre check_halving() of a table
[[nodiscard]] std::unique_ptr<search::Searcher> make_searcher(const RunContext& context);

/// Facts kept with a run: what it was made from, and with what.
[[nodiscard]] std::map<std::string, std::string> run_facts(const Experiment& experiment);

/// Searches until the budget is spent, then retrains and tests the finalists. Goes on where `store`
/// stands. \returns how it ended; Stop::interrupted leaves finalists undone
search::DriverEnd run(const RunContext& context, search::Store& store);

/// The experiment that a run was started with, as stored, with its budget as extended since.
/// \throws IoError where the run holds none that this build reads
[[nodiscard]] Experiment stored_experiment(const search::Store& store);

}  // namespace lamarck::experiments
