// Models for tests of file formats: every weight and statistic random, none at its start.
#pragma once
#include <cstdint>

#include "kernels/random.hpp"
#include "nn/model.hpp"

namespace lamarck::test {

/// Fresh weights, then normalisation, biases and gates away from 0 and 1, so that leaving one out
/// shows.
inline nn::Model scrambled_model(const nn::Architecture& architecture, std::uint64_t seed) {
  nn::Model model = nn::make_model(architecture, {}, seed);
  for (auto& [name, tensor] : model.weights) {
    if (name.ends_with(".weight")) continue;
    Random random{seed, "scramble " + name};
    const bool centred =
        name.ends_with(".bias") || name.ends_with(".shift") || name.ends_with(".mean");
    for (float& value : tensor.data)
      value = static_cast<float>(centred ? random.uniform(-0.5, 0.5) : random.uniform(0.6, 1.4));
  }
  return model;
}

/// Ten nodes: two convolutions with normalisation around a residual add, pooling, a dense head.
inline nn::Architecture small_architecture() {
  using namespace nn;
  Architecture a;
  a.input = {1, 8, 8};
  a.nodes = {
      {"stem", Conv{.out = 4, .norm = Norm::batch, .act = Activation::relu}, {"input"}},
      {"half", MaxPool{}, {"stem"}},
      {"a1", Conv{.out = 4, .stride = {1, 1}, .groups = 2, .act = Activation::gelu}, {"half"}},
      {"a2", Conv{.out = 4, .kernel = {1, 1}}, {"a1"}},
      {"a3", BatchNorm{}, {"a2"}},
      {"gate", Scale{}, {"a3"}},
      {"sum", Add{.act = Activation::relu6}, {"half", "gate"}},
      {"pooled", GlobalAvgPool{}, {"sum"}},
      {"dropped", Dropout{}, {"pooled"}},
      {"logits", Dense{.out = 3}, {"dropped"}},
  };
  return a;
}

}  // namespace lamarck::test
