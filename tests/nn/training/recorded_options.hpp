// Optimiser options as tools/record_pytorch_losses.py writes them.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "nn/training/optimizer.hpp"

namespace lamarck::test {

/// What is not recorded has PyTorch's default, which is the options' own but for momentum.
inline nn::OptimizerOptions recorded_options(const nlohmann::json& o) {
  nn::OptimizerOptions options;
  const auto kind = o.at("kind").get<std::string>();
  options.kind = kind == "sgd"     ? nn::OptimizerKind::sgd
                 : kind == "adam"  ? nn::OptimizerKind::adam
                 : kind == "adamw" ? nn::OptimizerKind::adamw
                                   : nn::OptimizerKind::rmsprop;
  options.rate = o.at("rate");
  options.momentum = o.value("momentum", 0.0);
  options.nesterov = o.value("nesterov", false);
  options.weight_decay = o.value("weight_decay", options.weight_decay);
  options.beta1 = o.value("beta1", options.beta1);
  options.beta2 = o.value("beta2", options.beta2);
  options.alpha = o.value("alpha", options.alpha);
  options.clip = o.value("clip", options.clip);
  return options;
}

}  // namespace lamarck::test
