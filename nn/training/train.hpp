// Training one network, and scoring one.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
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
  int patience = 0;  ///< early stopping: epochs without a better validation score; 0: none
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
  int epoch = 0;  ///< from 1; 0 is the score before training, where asked for
  double rate = 0, train_loss = 0, train_accuracy = 0;
  double validation_loss = 0, validation_score = 0;
  double seconds = 0;  ///< of this thread's wall clock; for display only
};

enum class TrainStatus { finished, stopped_early, diverged, cancelled };

struct TrainResult {
  TrainStatus status = TrainStatus::finished;
  std::string message;  ///< why, when not finished: `loss is nan at step 12 of epoch 1`
  Model model;  ///< the one that was scored (averaged weights with statistics of their own where
                ///< ema is on)
  std::vector<Epoch> epochs;
  Score validation;  ///< of `model`
};

struct TrainHooks {
  /// After each epoch; false cancels. May be empty.
  std::function<bool(const Epoch&)> on_epoch;
  /// Asked every few steps; true cancels. May be empty.
  std::function<bool()> cancelled;
};

/// Trains from `start`. Genes of its architecture override or scale the options. Divergence (a loss
/// that is not finite, or above ten times its start after a few steps) ends it at once.
/// Deterministic: equal arguments give equal bits on one machine whatever runs beside it.
/// \throws std::invalid_argument, KernelError, std::bad_alloc
[[nodiscard]] TrainResult train(const Model& start, const TrainData& data,
                                const TrainOptions& options, std::uint64_t seed,
                                const TrainHooks& hooks = {});

/// Forward passes only.
[[nodiscard]] Score evaluate(const Model& model, const Dataset& data,
                             std::span<const std::uint32_t> indices,
                             const Normalisation& normalisation, int batch = 256, int threads = 1);
/// {n, outputs}.
[[nodiscard]] std::vector<float> predict(const Model& model, const Dataset& data,
                                         std::span<const std::uint32_t> indices,
                                         const Normalisation& normalisation, int batch = 256,
                                         int threads = 1);

}  // namespace lamarck::nn
