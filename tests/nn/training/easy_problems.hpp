// Small problems that a small network solves in a second, for tests of training.
#pragma once
#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/random.hpp"
#include "nn/blocks.hpp"
#include "nn/training/train.hpp"

namespace lamarck::test {

/// Bright bars on noise, 1 x 8 x 8: 0 lies, 1 stands, 2 and 3 are the two diagonals.
inline nn::Dataset bars(std::size_t examples, std::uint64_t seed) {
  nn::Dataset data;
  data.name = "bars";
  data.shape = {1, 8, 8};
  data.classes = 4;
  Random random{seed, "bars"};
  for (std::size_t i = 0; i < examples; ++i) {
    const int label = static_cast<int>(i % 4);
    const int at = static_cast<int>(2 + random.below(4));
    for (int y = 0; y < 8; ++y)
      for (int x = 0; x < 8; ++x) {
        const int distance = label == 0   ? y - at
                             : label == 1 ? x - at
                             : label == 2 ? x - y + at - 4
                                          : x + y - at - 4;
        const double value = (std::abs(distance) < 1 ? 170.0 : 60.0) + 20 * random.normal();
        data.pixels.push_back(static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0)));
      }
    data.labels.push_back(label);
  }
  return data;
}

/// Two features; targets sin(2 a) + b and a b.
inline nn::Dataset waves(std::size_t examples, std::uint64_t seed) {
  nn::Dataset data;
  data.name = "waves";
  data.shape = {2, 1, 1};
  data.target_size = 2;
  Random random{seed, "waves"};
  for (std::size_t i = 0; i < examples; ++i) {
    const double a = random.uniform(-1.5, 1.5);
    const double b = random.uniform(-1.5, 1.5);
    data.features.push_back(static_cast<float>(a));
    data.features.push_back(static_cast<float>(b));
    data.targets.push_back(static_cast<float>(std::sin(2 * a) + b));
    data.targets.push_back(static_cast<float>(a * b));
  }
  return data;
}

/// The first three quarters for training, the rest for validation.
inline nn::TrainData three_quarters(const nn::Dataset& data) {
  nn::TrainData sets;
  sets.data = &data;
  sets.train.resize(data.size() * 3 / 4);
  sets.validation.resize(data.size() - sets.train.size());
  std::iota(sets.train.begin(), sets.train.end(), 0U);
  std::iota(sets.validation.begin(), sets.validation.end(),
            static_cast<std::uint32_t>(sets.train.size()));
  sets.normalisation = nn::measure_normalisation(data, sets.train);
  return sets;
}

/// Two convolutions with normalisation and a head.
inline nn::Model bars_model(std::uint64_t seed = 1, float dropout = 0.0F) {
  nn::Architecture a;
  a.input = {1, 8, 8};
  const nn::Conv conv{.out = 8, .norm = nn::Norm::batch, .act = nn::Activation::relu};
  a.nodes = {{"c1", conv, {"input"}}, {"c2", conv, {"c1"}}, {"p", nn::GlobalAvgPool{}, {"c2"}}};
  if (dropout > 0) a.nodes.push_back({"d", nn::Dropout{dropout}, {"p"}});
  a.nodes.push_back({"logits", nn::Dense{.out = 4}, {a.nodes.back().id}});
  return nn::make_model(a, {}, seed);
}

inline nn::Model waves_model(std::uint64_t seed = 1) {
  nn::Architecture a;
  a.input = {2, 1, 1};
  const nn::Dense dense{.out = 24, .act = nn::Activation::tanh};
  a.nodes = {{"d1", dense, {"input"}}, {"d2", dense, {"d1"}}, {"out", nn::Dense{.out = 2}, {"d2"}}};
  return nn::make_model(a, {}, seed);
}

inline nn::TrainOptions quick_options() {
  nn::TrainOptions options;
  options.epochs = 4;
  options.batch = 16;
  options.optimizer.rate = 0.1;
  options.optimizer.nesterov = true;
  return options;
}

}  // namespace lamarck::test
