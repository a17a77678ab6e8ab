// Trains a candidate on top of what it inherits.
//
// The parents' weights are loaded, the proposal's edits replayed on them, a quick score taken
// before training, then epochs trained and the model stored. Without parents weights are those
// that a start came with, or fresh (always, where inheritance is switched off).
//
// A child whose edits have undone what its parents had learnt would have to be trained from
// nothing: it is dismissed (rejected, not trained), unless it is so much smaller that training it
// costs little.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "nn/formats/safetensors.hpp"
#include "nn/network/latency.hpp"
#include "nn/training/train.hpp"
#include "search/evaluator.hpp"

namespace lamarck::search {

struct TrainingEvaluatorOptions {
  nn::TrainData data;  ///< training and validation split; never the test set
  nn::TrainOptions train;
  nn::InitOptions init;
  bool inherit = true;
  std::size_t quick_examples = 1000;  ///< validation examples of the quick score; 0: none
  /// A child is dismissed where its quick score, of chance, is below this share of its parents'
  /// best and it takes more than half of the largest parent's multiply-adds. 0: never.
  double dismissed_below = 0;
  nn::Metadata metadata = {};  ///< kept with every model: data set, normalisation
  std::shared_ptr<const nn::LatencyMeter> latency = {};  ///< measures latency where given
  /// Model files by the text of a genome: what a candidate without parents begins with, where
  /// `inherit` says so.
  std::map<std::string, std::filesystem::path> start_weights = {};
};

/// Metrics: accuracy (r2 for numeric targets), loss, quick_accuracy, macs, params,
/// peak_activation_bytes, depth, latency (seconds, where asked for), epochs (trained for this
/// candidate, also before it was promoted), total_epochs (its ancestors' included).
[[nodiscard]] std::unique_ptr<Evaluator> make_training_evaluator(TrainingEvaluatorOptions options);

}  // namespace lamarck::search
