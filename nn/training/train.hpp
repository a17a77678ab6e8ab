// Training one network, and scoring one.
//
// Thread safety: the functions share no state; any number may run side by side.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nn/data/batches.hpp"
#include "nn/data/split.hpp"
#include "nn/model.hpp"
#include "nn/training/metrics.hpp"
#include "nn/training/optimizer.hpp"
#include "nn/training/schedule.hpp"

namespace lamarck::nn {

struct TrainOptions {
  int epochs = 2;
  int batch = 128;
  OptimizerOptions optimizer;
  Schedule schedule;
  double label_smoothing = 0.0;
  Augmentation augment;
  int threads = 1;
  /// Whether 3x3 convolutions may be computed by Winograd's method where it is faster: other
  /// rounding, the same accuracy (docs/performance.md).
  bool winograd = true;
  /// What training computes in (NetworkOptions). Scores are computed in f32 in either case: they
  /// are of the model that is stored and exported.
  kernels::DataType precision = kernels::DataType::f32;
  /// Nodes whose parameters stay as they are, by id; `*` stands for any characters.
  std::vector<std::string> freeze = {};
  /// Early stopping: ends after this many epochs without a better validation score, with the model
  /// of the best one; 0: none, and the model is the last epoch's. Needs a validation set.
  int patience = 0;
  bool operator==(const TrainOptions&) const = default;
};

/// The loss is cross-entropy for classes, mean squared error for numeric targets.
struct TrainData {
  const Dataset* data = nullptr;
  std::vector<std::uint32_t> train, validation;  ///< validation may be empty
  Normalisation normalisation;
};

/// Scores on one set; `score` is accuracy or, for numeric targets, R2.
struct Score {
  double score = 0, loss = 0;
  std::optional<Classification> classes;
  std::optional<Regression> numbers;
};

struct Epoch {
  int epoch = 0;    ///< from 1; 0 is the score before training, where asked for
  double rate = 0;  ///< of the last step
  double train_loss = 0, train_accuracy = 0;  ///< means over the batches as they were trained on
  double validation_loss = 0, validation_score = 0;
  double seconds = 0;  ///< of this thread's wall clock; for display only
};

enum class TrainStatus { finished, stopped_early, diverged, cancelled };

struct TrainResult {
  TrainStatus status = TrainStatus::finished;
  std::string message;  ///< why, when not finished: `loss is nan at step 12 of epoch 1`
  /// The one that was scored: averaged weights, with statistics of their own from up to 20 training
  /// batches, where ema is on. Where training ended early, the last that was scored, or the start.
  Model model;
  std::vector<Epoch> epochs;
  Score validation;  ///< of `model`; without a validation set, or where none was scored, zero
};

struct TrainHooks {
  /// After each epoch; false cancels. May be empty.
  std::function<bool(const Epoch&)> on_epoch;
  /// Asked every few steps; true cancels. May be empty.
  std::function<bool()> cancelled;
};

/// Trains from `start`. Genes of its architecture override or scale the options (nn/training/
/// genes.hpp). Divergence (nn/training/divergence.hpp: a loss or a gradient that is not finite, or
/// a loss above ten times its start after a few steps) ends it at once. `epochs` 0 only scores.
/// Deterministic: equal arguments give equal bits on one machine whatever runs beside it.
/// \throws std::invalid_argument where an option is out of range, or the model does not fit the
///   data; KernelError; IoError where memory is short; whatever a hook throws
[[nodiscard]] TrainResult train(const Model& start, const TrainData& data,
                                const TrainOptions& options, std::uint64_t seed,
                                const TrainHooks& hooks = {});

/// What train() takes of memory while it lasts, beside the data set: the network, the optimiser's
/// state, copies of the model and, where there are `validation` examples, the network that scores.
/// \throws as train()
[[nodiscard]] std::size_t training_bytes(const Model& start, std::size_t validation,
                                         const TrainOptions& options);

struct ScoringOptions {
  int batch = 256;  ///< at most
  int threads = 1;
  bool winograd = true;  ///< as TrainOptions
};

/// Forward passes only.
/// \throws std::invalid_argument where an option is out of range, the model does not fit the data
///   or `indices` is empty
[[nodiscard]] Score evaluate(const Model& model, const Dataset& data,
                             std::span<const std::uint32_t> indices,
                             const Normalisation& normalisation,
                             const ScoringOptions& options = {});
/// The network's outputs, {n, outputs}.
[[nodiscard]] std::vector<float> predict(const Model& model, const Dataset& data,
                                         std::span<const std::uint32_t> indices,
                                         const Normalisation& normalisation,
                                         const ScoringOptions& options = {});

}  // namespace lamarck::nn
