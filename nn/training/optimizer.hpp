// Optimisers over flat parameters: one pass over weights, gradients, state and average together.
//
// Thread safety: one thread at a time; optimisers share nothing.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nn/network/network.hpp"

namespace lamarck::nn {

enum class OptimizerKind { sgd, adam, adamw, rmsprop };

/// The defaults are PyTorch's (but momentum, 0 there), and so are the formulas: weight decay of
/// sgd, adam and rmsprop is added to the gradient; adamw's is decoupled (I. Loshchilov and F.
/// Hutter, ICLR 2019).
struct OptimizerOptions {
  OptimizerKind kind = OptimizerKind::sgd;
  double rate = 0.1;
  double momentum = 0.9;              ///< sgd, rmsprop
  bool nesterov = false;              ///< sgd
  double beta1 = 0.9, beta2 = 0.999;  ///< adam, adamw
  double alpha = 0.99;                ///< rmsprop
  double epsilon = 1e-8;
  double weight_decay = 0.0;  ///< on blocks that say decayed
  double clip = 0.0;          ///< largest global L2 norm of the gradient; 0: none
  double ema = 0.0;           ///< decay of the running average of weights, e.g. 0.999; 0: none
  bool operator==(const OptimizerOptions&) const = default;
};

class Optimizer {
 public:
  /// \param parameters how many numbers the flat memory holds; blocks lie inside it
  /// \throws std::invalid_argument naming an option out of range (nesterov without momentum, ...)
  ///   or a block that lies outside
  Optimizer(const OptimizerOptions& options, std::vector<ParameterBlock> blocks,
            std::size_t parameters);

  /// One update with this learning rate. Pure arithmetic on the spans; same bits every time.
  /// Clipping happens before weight decay is added: g * min(1, clip / norm).
  /// \returns the gradient's global L2 norm before clipping (not finite: nothing was changed)
  /// \param halves the bf16 copy of the parameters, written in the same pass; may be empty
  /// \throws std::invalid_argument where a span does not hold `parameters` numbers
  double step(double rate, std::span<float> parameters, std::span<const float> gradients,
              std::span<kernels::Bfloat16> halves = {});
  /// The averaged weights (empty without ema): the weights before the first step, then mixed after
  /// each. Early steps use min(ema, (1 + t) / (10 + t)) with t = 0 at the first.
  [[nodiscard]] std::span<const float> average() const { return average_; }

  /// How many numbers it keeps for each parameter.
  [[nodiscard]] static std::size_t state_vectors(const OptimizerOptions& options);
  /// All state as flat numbers, for checkpoints; restoring makes the next step equal bit for bit.
  [[nodiscard]] std::vector<float> state() const;
  /// \throws std::invalid_argument for the state of another optimiser or network; then nothing has
  ///   changed
  void restore(std::span<const float> state);

 private:
  OptimizerOptions options_;
  std::vector<ParameterBlock> blocks_;
  std::size_t parameters_;
  std::vector<float> first_, second_, average_;
  std::uint64_t steps_ = 0;
};

}  // namespace lamarck::nn
