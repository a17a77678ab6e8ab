// What making batches costs beside training on them: augmentation and normalisation from bytes in
// memory to the network's input, and a whole training step, batch 64, one thread.
//
//   bench_batches
//
// Prints CSV: net,precision,augmentation,batch_us,step_us,share; medians of five interleaved
// rounds.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "kernels/cpu.hpp"
#include "kernels/random.hpp"
#include "kernels/softmax.hpp"
#include "kernels/threads.hpp"
#include "nn/blocks.hpp"
#include "nn/data/batches.hpp"
#include "nn/network/network.hpp"
#include "nn/training/optimizer.hpp"

using namespace lamarck;

namespace {

constexpr int kBatch = 64, kClasses = 10, kRounds = 5, kRepeats = 20;
constexpr std::size_t kImages = 20'000;

nn::Dataset noise(nn::Shape shape) {
  nn::Dataset data;
  data.name = "noise";
  data.shape = shape;
  data.classes = kClasses;
  Random random{1, "noise"};
  data.pixels.resize(kImages * static_cast<std::size_t>(shape.elements()));
  for (auto& pixel : data.pixels) pixel = static_cast<std::uint8_t>(random.below(256));
  for (std::size_t i = 0; i < kImages; ++i) data.labels.push_back(static_cast<int>(i % kClasses));
  return data;
}

double microseconds(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kRepeats; ++i) work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
             .count() /
         kRepeats;
}

void measure(const char* net, nn::Shape shape, const char* name,
             const nn::Augmentation& augmentation,
             kernels::DataType precision = kernels::DataType::f32) {
  const nn::Dataset data = noise(shape);
  std::vector<std::uint32_t> all(kImages);
  for (std::size_t i = 0; i < kImages; ++i) all[i] = static_cast<std::uint32_t>(i);
  nn::Batches batches{data, all, nn::measure_normalisation(data, all), augmentation, kBatch, 1};
  nn::Network network{nn::make_model(nn::built_in(net, shape, kClasses), {}, 1),
                      {.batch = kBatch, .precision = precision, .plain_input = false}};
  const kernels::ImageWriter images{network.images()};
  nn::Optimizer optimizer{{}, network.blocks(), network.parameters().size()};
  std::vector<int> labels(kBatch);
  std::vector<float> none;
  std::size_t number = 0;
  const auto batch = [&] {
    batches.training(0, number++ % batches.steps_per_epoch(), images, labels, none);
  };
  const auto step = [&] {
    network.forward(number);
    kernels::softmax_cross_entropy(network.output(), labels, kClasses, 0.0,
                                   network.output_gradient());
    network.backward();
    optimizer.step(0.01, network.parameters(), network.gradients(), network.half_parameters());
  };
  batch();
  step();
  std::vector<double> made, trained;
  for (int round = 0; round < kRounds; ++round) {
    made.push_back(microseconds(batch));
    trained.push_back(microseconds(step));
  }
  std::ranges::sort(made);
  std::ranges::sort(trained);
  const double one = made[kRounds / 2], other = trained[kRounds / 2];
  fmt::print("{},{},{},{:.0f},{:.0f},{:.1f} %\n", net, kernels::name(precision), name, one, other,
             100 * one / (one + other));
}

}  // namespace

int main() {
  const auto cpu = kernels::this_cpu();
  fmt::print("# {}, {}, {}\nnet,precision,augmentation,batch_us,step_us,share\n", cpu.model,
             cpu.isa, kernels::kernel_library());
  const nn::Augmentation flip{.flip = true};
  const nn::Augmentation full{.crop_pad = 2, .flip = true, .erase = 0.5};
  kernels::with_threads(1, [&] {
    for (const char* net : {"lenet", "small-pooled", "small-residual", "medium-pooled"}) {
      measure(net, {1, 28, 28}, "none", {});
      measure(net, {1, 28, 28}, "flip", flip);
      measure(net, {1, 28, 28}, "crop flip erase", full);
      measure(net, {1, 28, 28}, "crop flip erase", full, kernels::DataType::bf16);
    }
    for (const char* net : {"resnet20", "mobile"})
      measure(net, {3, 32, 32}, "crop flip erase", full);
  });
  return 0;
}
