// Scoring with a compiled network: what train() and evaluate() share.
//
// Thread safety: one thread at a time; runs within the caller's thread budget.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "nn/network/network.hpp"
#include "nn/training/train.hpp"

namespace lamarck::nn::detail {

/// An inference network with its batches: compiled once, reloaded with new weights as often as
/// wanted. `data` must outlive it.
class Scorer {
 public:
  /// \param batch at most that many examples at once
  /// \throws std::invalid_argument where the model's input or outputs are not those of the data, or
  ///   there is nothing to score
  Scorer(const Model& model, const Dataset& data, std::span<const std::uint32_t> indices,
         const Normalisation& normalisation, int batch, bool winograd);

  void load(const Weights& weights) { network_.load(weights); }
  /// {n, outputs} for the indices, in order.
  [[nodiscard]] std::vector<float> predict();
  [[nodiscard]] Score score();

 private:
  const Dataset* data_;
  std::vector<std::uint32_t> indices_;
  Network network_;
  Batches batches_;
};

/// \throws std::invalid_argument naming both where a network does not fit the data
void check_fit(const Architecture& architecture, const Dataset& data);

}  // namespace lamarck::nn::detail
