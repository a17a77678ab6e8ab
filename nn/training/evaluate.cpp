#include "nn/training/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "kernels/threads.hpp"

namespace lamarck::nn {
namespace {

int useful_batch(int batch, std::size_t examples) {
  if (batch < 1)
    throw std::invalid_argument(fmt::format("evaluate: batch must be at least 1, got {}", batch));
  return static_cast<int>(
      std::min<std::size_t>(static_cast<std::size_t>(batch), std::max<std::size_t>(1, examples)));
}

}  // namespace

void check_fit(const Architecture& architecture, const Dataset& data) {
  const Shape output = infer_shapes(architecture).back();
  if (architecture.input == data.shape && output.elements() == data.outputs()) return;
  const auto text = [](const Shape& s) {
    return fmt::format("{}x{}x{}", s.channels, s.height, s.width);
  };
  throw std::invalid_argument(fmt::format(
      "the network reads {} and gives {} outputs; {} has {} and needs {}", text(architecture.input),
      output.elements(), data.name, text(data.shape), data.outputs()));
}

Scorer::Scorer(const Model& model, const Dataset& data, std::span<const std::uint32_t> indices,
               const Normalisation& normalisation, int batch)
    : data_{&data},
      indices_{indices.begin(), indices.end()},
      network_{(check_fit(model.architecture, data), model),
               {.batch = useful_batch(batch, indices.size()), .pass = kernels::Pass::inference}},
      batches_{data, indices_, normalisation, {}, useful_batch(batch, indices.size()), 0} {}

std::vector<float> Scorer::predict() {
  const auto outputs = static_cast<std::size_t>(data_->outputs());
  const auto rows = static_cast<std::size_t>(network_.options().batch);
  std::vector<int> labels(data_->classes > 0 ? rows : 0);
  std::vector<float> targets(rows *
                             static_cast<std::size_t>(data_->classes > 0 ? 0 : data_->target_size));
  std::vector<float> all;
  all.reserve(indices_.size() * outputs);
  for (std::size_t step = 0; step < batches_.evaluation_steps(); ++step) {
    const std::size_t filled = batches_.evaluation(step, network_.input(), labels, targets);
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
    for (const auto i : indices_) labels.push_back(data_->labels[i]);
    score.classes = classification(outputs, labels, static_cast<std::size_t>(data_->classes));
    score.score = score.classes->accuracy;
    score.loss = score.classes->loss;
    return score;
  }
  std::vector<float> targets;
  const auto size = static_cast<std::ptrdiff_t>(data_->target_size);
  for (const auto i : indices_) {
    const auto from = data_->targets.begin() + static_cast<std::ptrdiff_t>(i) * size;
    targets.insert(targets.end(), from, from + size);
  }
  score.numbers = regression(outputs, targets);
  score.score = score.numbers->r2;
  score.loss = score.numbers->mse;
  return score;
}

Score evaluate(const Model& model, const Dataset& data, std::span<const std::uint32_t> indices,
               const Normalisation& normalisation, int batch, int threads) {
  Score score;
  kernels::with_threads(threads, [&] {
    score = Scorer{model, data, indices, normalisation, batch}.score();
  });
  return score;
}

std::vector<float> predict(const Model& model, const Dataset& data,
                           std::span<const std::uint32_t> indices,
                           const Normalisation& normalisation, int batch, int threads) {
  std::vector<float> outputs;
  kernels::with_threads(threads, [&] {
    outputs = Scorer{model, data, indices, normalisation, batch}.predict();
  });
  return outputs;
}

}  // namespace lamarck::nn
