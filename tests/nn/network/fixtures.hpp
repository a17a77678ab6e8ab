// Small networks, one for each way an operation can be compiled, and models with random numbers in
// every tensor, running statistics included.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "nn/model.hpp"
#include "nn/network/network.hpp"

namespace lamarck::test {

struct Case {
  std::string name;
  nn::Architecture architecture;
  int batch = 3;
};

/// Each node reads the one before where it names no input.
nn::Architecture chain(nn::Shape input, std::vector<nn::Node> nodes);

/// Defined, and found valid, in cases_test.cpp.
std::vector<Case> convolution_cases();
std::vector<Case> vector_cases();
std::vector<Case> image_cases();
std::vector<Case> all_cases();

void fill_normal(std::span<float> numbers, std::uint64_t seed);

/// Random numbers in every tensor; variances in [0.5, 2], scales and gates in [0.5, 1.5].
nn::Model random_model(const nn::Architecture& architecture, std::uint64_t seed);

}  // namespace lamarck::test
