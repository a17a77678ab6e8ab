// Models with random numbers in every tensor, running statistics included, and what they compute.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "nn/model.hpp"
#include "tests/support/interpreter.hpp"

namespace lamarck::test {

/// Weights as a trained network might have them; scales in [0.5, 1.5], variances in [0.5, 2], gates
/// in [-1, 1].
inline nn::Model scattered_model(const nn::Architecture& architecture, std::uint64_t seed) {
  nn::Model model{architecture, nn::initialise(architecture, {}, seed)};
  for (auto& [name, tensor] : model.weights) {
    Random random{seed, "scatter " + name};
    for (float& x : tensor.data) {
      if (name.ends_with(".norm.scale"))
        x = static_cast<float>(random.uniform(0.5, 1.5));
      else if (name.ends_with(".norm.variance"))
        x = static_cast<float>(random.uniform(0.5, 2.0));
      else if (name.ends_with(".gate"))
        x = static_cast<float>(random.uniform(-1, 1));
      else if (!name.ends_with(".weight"))
        x = static_cast<float>(0.3 * random.normal());
    }
  }
  return model;
}

/// Outputs in evaluation mode for a batch of random images drawn from `seed`.
inline std::vector<double> outputs(const nn::Model& model, std::uint64_t seed, int batch = 2) {
  Grid input(batch, model.architecture.input.channels, model.architecture.input.height,
             model.architecture.input.width);
  Random random{seed, "images"};
  for (double& x : input.data) x = random.normal();
  return Interpreter{model}.run(input).data;
}

/// The largest difference, relative to the largest value.
inline double relative_difference(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return INFINITY;
  double size = 1e-12;
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) return INFINITY;
    size = std::max({size, std::abs(a[i]), std::abs(b[i])});
    worst = std::max(worst, std::abs(a[i] - b[i]));
  }
  return worst / size;
}

}  // namespace lamarck::test
