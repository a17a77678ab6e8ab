#include "nn/data/shapes.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "kernels/random.hpp"
#include "nn/data/batches.hpp"
#include "nn/data/split.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::nn;

namespace {

/// Test accuracy of softmax regression, trained to convergence by plain gradient steps.
double linear_accuracy(const TrainTest& sets) {
  constexpr std::size_t kBatch = 50;
  const auto inputs = static_cast<std::size_t>(sets.train.shape.elements());
  const auto classes = static_cast<std::size_t>(sets.train.classes);
  const auto all = whole(sets.train).train;
  const Normalisation norm = measure_normalisation(sets.train, all);
  Batches train{sets.train, all, norm, {}, kBatch, 1};
  Batches test{sets.test, whole(sets.test).train, norm, {}, kBatch, 1};
  std::vector<float> images(kBatch * inputs);
  std::vector<int> labels(kBatch);
  std::vector<float> weights(classes * (inputs + 1));
  const auto logits = [&](const float* image) {
    std::vector<float> result(classes);
    for (std::size_t c = 0; c < classes; ++c) {
      const float* row = weights.data() + c * (inputs + 1);
      float sum = row[inputs];
      for (std::size_t i = 0; i < inputs; ++i) sum += row[i] * image[i];
      result[c] = sum;
    }
    return result;
  };
  for (std::size_t epoch = 0; epoch < 8; ++epoch)
    for (std::size_t step = 0; step < train.steps_per_epoch(); ++step) {
      train.training(epoch, step, images, labels, {});
      for (std::size_t row = 0; row < kBatch; ++row) {
        const float* image = images.data() + row * inputs;
        auto p = logits(image);
        const float most = *std::max_element(p.begin(), p.end());
        float sum = 0;
        for (float& value : p) sum += value = std::exp(value - most);
        for (std::size_t c = 0; c < classes; ++c) {
          const float slope =
              -0.001F * (p[c] / sum - (static_cast<std::size_t>(labels[row]) == c ? 1.0F : 0.0F));
          float* w = weights.data() + c * (inputs + 1);
          for (std::size_t i = 0; i < inputs; ++i) w[i] += slope * image[i];
          w[inputs] += slope;
        }
      }
    }
  double right = 0;
  for (std::size_t step = 0; step < test.evaluation_steps(); ++step) {
    const std::size_t count = test.evaluation(step, images, labels, {});
    for (std::size_t row = 0; row < count; ++row) {
      const auto scores = logits(images.data() + row * inputs);
      right += std::max_element(scores.begin(), scores.end()) - scores.begin() == labels[row];
    }
  }
  return right / static_cast<double>(sets.test.size());
}

}  // namespace

TEST_CASE("shapes are what they are said to be", "[data]") {
  const TrainTest data = make_shapes(1);
  CHECK(data.train.size() == 6000);
  CHECK(data.test.size() == 2000);
  CHECK(data.train.shape == Shape{1, 20, 20});
  CHECK(data.train.class_names.size() == 10);
  for (int c = 0; c < 10; ++c) {
    CHECK(std::count(data.train.labels.begin(), data.train.labels.end(), c) == 600);
    CHECK(std::count(data.test.labels.begin(), data.test.labels.end(), c) == 200);
  }
  // In a mixed order: a slice of 1,000 holds each class about 100 times.
  for (int c = 0; c < 10; ++c)
    CHECK(std::count(data.train.labels.begin(), data.train.labels.begin() + 1000, c) ==
          Approx(100).margin(40));
}

TEST_CASE("the seed decides every byte of shapes and no image comes twice", "[data]") {
  const TrainTest data = make_shapes(7, 500, 200);
  const TrainTest again = make_shapes(7, 500, 200);
  const TrainTest other = make_shapes(8, 500, 200);
  CHECK(data.train.pixels == again.train.pixels);
  CHECK(data.test.pixels == again.test.pixels);
  CHECK(data.train.labels == again.train.labels);
  CHECK(data.train.pixels != other.train.pixels);
  std::set<std::vector<std::uint8_t>> distinct;
  for (const Dataset* part : {&data.train, &data.test, &other.train, &other.test})
    for (auto at = part->pixels.begin(); at != part->pixels.end(); at += 400)
      distinct.emplace(at, at + 400);
  CHECK(distinct.size() == 1400);
  // Recorded: runs that are resumed on another machine must find the same images.
  const std::string_view bytes{reinterpret_cast<const char*>(data.train.pixels.data()),
                               data.train.pixels.size()};
  CHECK(stable_hash(bytes) == 0xb11724ac4cb081ceULL);
}

TEST_CASE("shapes are beyond a linear model but not beyond hope", "[data]") {
  const double accuracy = linear_accuracy(make_shapes(1));
  CHECK(accuracy > 0.15);
  CHECK(accuracy < 0.70);
}
