// An evaluator finds out what a candidate is worth. The real one trains it; tests have others.
//
// Thread safety: evaluate() is called by several workers at once.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "search/history.hpp"

namespace lamarck::search {

/// Where a candidate stands, for the live line.
struct Progress {
  std::size_t id = 0;
  int epoch = 0, epochs = 0;
  double accuracy = 0;
};

/// A candidate on its way through an evaluator.
struct Candidate {
  const Proposal* proposal = nullptr;
  /// Weight files of its parents, in the order of proposal->parents; empty paths where a parent
  /// stored none.
  std::vector<std::filesystem::path> parent_weights = {};
  std::vector<Genome> parent_genomes = {};
  /// Of training, where it was promoted: what Proposal::epochs come on top of.
  int epochs_before = 0;
  /// Where to write its weights (not at all if it has none).
  std::filesystem::path weights;
  std::function<void(const Progress&)> on_progress = {};
  /// True once the run is being stopped: give up and return nothing.
  std::function<bool()> cancelled = {};
};

class Evaluator {
 public:
  virtual ~Evaluator() = default;
  /// The result, or nothing when cancelled. Depends on the proposal and its parents' weights alone.
  /// What it throws becomes a result with status failed (std::bad_alloc: `out of memory`), but for
  /// an IoError, which stops the run.
  [[nodiscard]] virtual std::optional<Result> evaluate(const Candidate& candidate) = 0;
};

}  // namespace lamarck::search
