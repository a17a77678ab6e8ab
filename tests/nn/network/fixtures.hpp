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

/// The body of a ResNet-20 with `width` channels in its first stage.
inline nn::Architecture resnet20(int width = 16) {
  std::vector<nn::Node> nodes;
  const auto conv = [](int out, int stride, nn::Activation act) {
    return nn::Conv{.out = out, .stride = {stride, stride}, .norm = nn::Norm::batch, .act = act};
  };
  nodes.push_back({"stem", conv(width, 1, nn::Activation::relu), {}});
  std::string before = "stem";
  for (int stage = 0; stage < 3; ++stage)
    for (int block = 0; block < 3; ++block) {
      const int out = width << stage;
      const int stride = stage > 0 && block == 0 ? 2 : 1;
      const std::string id = std::to_string(stage) + std::to_string(block);
      nodes.push_back({"a" + id, conv(out, stride, nn::Activation::relu), {before}});
      nodes.push_back({"b" + id, conv(out, 1, nn::Activation::identity), {"a" + id}});
      std::string skip = before;
      if (stride == 2) {
        skip = "p" + id;
        nodes.push_back(
            {skip,
             nn::Conv{.out = out, .kernel = {1, 1}, .stride = {2, 2}, .norm = nn::Norm::batch},
             {before}});
      }
      before = "s" + id;
      nodes.push_back({before, nn::Add{nn::Activation::relu}, {"b" + id, skip}});
    }
  nodes.push_back({"pooled", nn::GlobalAvgPool{}, {}});
  nodes.push_back({"logits", nn::Dense{.out = 10}, {}});
  return chain({3, 32, 32}, std::move(nodes));
}

}  // namespace lamarck::test
