#include "nn/training/detail/scorer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace lamarck::nn::detail {
namespace {

// No larger than the set: a batch costs memory and time, filled or not.
int useful_batch(int batch, std::size_t examples) {
  if (batch < 1)
    throw std::invalid_argument(fmt::format("evaluate: batch must be at least 1, got {}", batch));
  if (examples == 0) throw std::invalid_argument("evaluate: the list of examples is empty");
  return static_cast<int>(std::min(static_cast<std::size_t>(batch), examples));
}

std::string text(const Shape& s) { return fmt::format("{}x{}x{}", s.channels, s.height, s.width); }

std::vector<float> targets_of(const Dataset& data, std::span<const std::uint32_t> indices) {
  const auto size = static_cast<std::size_t>(data.target_size);
  std::vector<float> targets;
  targets.reserve(indices.size() * size);
  for (const std::size_t i : indices) {
    const std::span<const float> row{data.targets.data() + i * size, size};
    targets.insert(targets.end(), row.begin(), row.end());
  }
  return targets;
}

}  // namespace

void check_fit(const Architecture& architecture, const Dataset& data) {
  const Shape output = infer_shapes(architecture).back();
  if (architecture.input == data.shape && output.elements() == data.outputs()) return;
  throw std::invalid_argument(fmt::format(
      "the network reads {} and gives {} outputs; {} has {} and needs {}", text(architecture.input),
      output.elements(), data.name, text(data.shape), data.outputs()));
}

Scorer::Scorer(const Model& model, const Dataset& data, std::span<const std::uint32_t> indices,
               const Normalisation& normalisation, int batch, bool winograd)
    : data_{&data},
      indices_{indices.begin(), indices.end()},
      network_{(check_fit(model.architecture, data), model),
               {.batch = useful_batch(batch, indices.size()),
                .pass = kernels::Pass::inference,
                .winograd = winograd,
                .plain_input = false}},
      batches_{data, indices_, normalisation, {}, network_.options().batch, 0} {}

std::vector<float> Scorer::predict() {
  const auto outputs = static_cast<std::size_t>(data_->outputs());
  const auto rows = static_cast<std::size_t>(network_.options().batch);
  std::vector<int> labels(data_->classes > 0 ? rows : 0);
  std::vector<float> targets(data_->classes > 0 ? 0 : rows * outputs);
  const kernels::ImageWriter images{network_.images()};
  std::vector<float> all;
  all.reserve(indices_.size() * outputs);
  for (std::size_t step = 0; step < batches_.evaluation_steps(); ++step) {
    const std::size_t filled = batches_.evaluation(step, images, labels, targets);
    network_.forward();
    const auto values = network_.output().first(filled * outputs);
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

Score Scorer::score() {
  const std::vector<float> outputs = predict();
  Score score;
  if (data_->classes > 0) {
    std::vector<int> labels;
    labels.reserve(indices_.size());
    for (const auto i : indices_) labels.push_back(data_->labels[i]);
    score.classes = classification(outputs, labels, static_cast<std::size_t>(data_->classes));
    score.score = score.classes->accuracy;
    score.loss = score.classes->loss;
  } else {
    score.numbers = regression(outputs, targets_of(*data_, indices_),
                               static_cast<std::size_t>(data_->target_size));
    score.score = score.numbers->r2;
    score.loss = score.numbers->mse;
  }
  return score;
}

}  // namespace lamarck::nn::detail
