#include "kernels/threads.hpp"
#include "nn/training/detail/scorer.hpp"
#include "nn/training/train.hpp"

namespace lamarck::nn {

Score evaluate(const Model& model, const Dataset& data, std::span<const std::uint32_t> indices,
               const Normalisation& normalisation, const ScoringOptions& options) {
  Score score;
  kernels::with_threads(options.threads, [&] {
    score = detail::Scorer{model, data, indices, normalisation, options.batch, options.winograd}
                .score();
  });
  return score;
}

std::vector<float> predict(const Model& model, const Dataset& data,
                           std::span<const std::uint32_t> indices,
                           const Normalisation& normalisation, const ScoringOptions& options) {
  std::vector<float> outputs;
  kernels::with_threads(options.threads, [&] {
    outputs = detail::Scorer{model, data, indices, normalisation, options.batch, options.winograd}
                  .predict();
  });
  return outputs;
}

}  // namespace lamarck::nn
