#include "kernels/threads.hpp"
#include "nn/training/detail/scorer.hpp"
#include "nn/training/train.hpp"

namespace lamarck::nn {

Score evaluate(const Model& model, const Dataset& data, std::span<const std::uint32_t> indices,
               const Normalisation& normalisation, int batch, int threads) {
  Score score;
  kernels::with_threads(threads, [&] {
    score = detail::Scorer{model, data, indices, normalisation, batch}.score();
  });
  return score;
}

std::vector<float> predict(const Model& model, const Dataset& data,
                           std::span<const std::uint32_t> indices,
                           const Normalisation& normalisation, int batch, int threads) {
  std::vector<float> outputs;
  kernels::with_threads(threads, [&] {
    outputs = detail::Scorer{model, data, indices, normalisation, batch}.predict();
  });
  return outputs;
}

}  // namespace lamarck::nn
