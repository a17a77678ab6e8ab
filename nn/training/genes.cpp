#include "nn/training/genes.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace lamarck::nn {
namespace {

OptimizerKind kind_of(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, OptimizerKind>, 4> kKinds{
      {{"sgd", OptimizerKind::sgd},
       {"adam", OptimizerKind::adam},
       {"adamw", OptimizerKind::adamw},
       {"rmsprop", OptimizerKind::rmsprop}}};
  for (const auto& [known, kind] : kKinds)
    if (known == name) return kind;
  throw std::invalid_argument(
      fmt::format("genes: optimizer must be sgd, adam, adamw or rmsprop, got {}", name));
}

OptimizerOptions of_kind(const OptimizerOptions& old, OptimizerKind kind) {
  OptimizerOptions options;
  options.kind = kind;
  options.weight_decay = old.weight_decay;
  options.clip = old.clip;
  options.ema = old.ema;
  const bool sgd = kind == OptimizerKind::sgd;
  options.rate = sgd ? 0.1 : 1e-3;
  options.nesterov = sgd;
  if (kind == OptimizerKind::rmsprop) options.momentum = 0.0;
  return options;
}

}  // namespace

TrainOptions with_genes(TrainOptions options, const TrainingGenes& genes) {
  OptimizerOptions& optimizer = options.optimizer;
  if (genes.optimizer) {
    const OptimizerKind kind = kind_of(*genes.optimizer);
    if (kind != optimizer.kind) optimizer = of_kind(optimizer, kind);
  }
  if (genes.rate) optimizer.rate *= *genes.rate;
  if (genes.weight_decay) optimizer.weight_decay *= *genes.weight_decay;
  if (genes.label_smoothing) options.label_smoothing = *genes.label_smoothing;
  return options;
}

}  // namespace lamarck::nn
