// A compiled network: a model lowered for one batch size into a flat list of kernel steps over one
// memory plan. Building it may be slow; running a step allocates nothing.
//
// Thread safety: one thread at a time; networks share no mutable state with each other.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/bfloat16.hpp"
#include "kernels/convolution.hpp"
#include "nn/model.hpp"

namespace lamarck::nn {

struct NetworkOptions {
  int batch = 64;
  kernels::Pass pass = kernels::Pass::training;
  /// Running statistics = momentum * batch + (1 - momentum) * running. The variance is unbiased.
  float norm_momentum = 0.1F;
  float norm_epsilon = 1e-5F;
  std::uint64_t seed = 0;  ///< of dropout
  bool winograd = true;    ///< see kernels::Convolution::Options
  /// f32, or bf16 for convolutions and dense layers and for images between them. Input, output,
  /// parameters, gradients of parameters and statistics are f32 in either. Emulated, slowly, where
  /// the CPU cannot compute in bf16 (kernels::computes_bf16).
  kernels::DataType precision = kernels::DataType::f32;
  /// Nodes whose parameters are not learnt: their gradients stay zero and are not computed, nor is
  /// anything before the first node that learns. Normalisations in them still use, and follow, the
  /// statistics of the batch.
  std::vector<std::string> frozen = {};
  /// False: input() is left out, images() lie as the first layer reads them, which saves the pass
  /// that turns them: in bf16, or with more channels than a first layer reads as they are.
  bool plain_input = true;
};

/// A stretch of the flat parameter memory that holds one tensor in the layout the kernels want.
/// Padding inside it stays zero as long as an update maps (weight 0, gradient 0) to 0.
struct ParameterBlock {
  std::string name;  ///< the key in Model::weights; `<node>.norm.scale` and `.shift` share one
                     ///< block named `<node>.norm`
  std::size_t offset = 0, size = 0;  ///< floats
  bool decayed = false;
};

/// What a network takes of memory while it lives, without making it. \throws as its constructor,
/// but for memory
[[nodiscard]] std::size_t network_bytes(const Model& model, const NetworkOptions& options);

class Network {
 public:
  /// \throws std::invalid_argument for a faulty model, batch < 1 or another precision, KernelError,
  /// IoError where the memory it needs is not there: `network: needs 12.3 GiB, 4.5 GiB are free`
  Network(const Model& model, const NetworkOptions& options);
  ~Network();
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;

  [[nodiscard]] const Architecture& architecture() const;
  [[nodiscard]] const NetworkOptions& options() const;

  /// Plain {batch, c, h, w}; write the images here before running. \throws std::invalid_argument
  /// where options().plain_input is false and they lie otherwise
  [[nodiscard]] std::span<float> input();
  /// The same memory in the layout that it has, for kernels::ImageWriter.
  [[nodiscard]] kernels::Memory images();
  /// Plain {batch, outputs}: the last node's values after forward().
  [[nodiscard]] std::span<const float> output() const;
  /// Plain {batch, outputs}: write the loss's gradient here before backward(). Training only.
  /// \throws std::invalid_argument in inference
  [[nodiscard]] std::span<float> output_gradient();

  /// Training: statistics of the batch, running ones updated, dropout drawn from (seed, `step`).
  /// Inference: running statistics, no dropout.
  void forward(std::uint64_t step = 0);
  /// Overwrites gradients(). \pre forward() ran on this batch, since the last backward(); else
  /// std::invalid_argument, as in inference
  void backward();

  /// Flat learnt parameters and their gradients: one index space, described by blocks().
  /// In inference there are no gradients, and normalisations inside conv and dense nodes are folded
  /// into their weights, whenever these are loaded: change weights there through load() alone.
  [[nodiscard]] std::span<float> parameters();
  [[nodiscard]] std::span<float> gradients();
  /// The copy of parameters() that bf16 kernels read, number for number; empty in f32. Whoever
  /// writes parameters() writes it too, or calls round_parameters().
  [[nodiscard]] std::span<kernels::Bfloat16> half_parameters();
  void round_parameters();
  [[nodiscard]] const std::vector<ParameterBlock>& blocks() const;
  /// Running means and variances, flat; in inference of batch_norm nodes alone.
  [[nodiscard]] std::span<float> statistics();

  /// Current weights in plain layouts / the other way. Learnt state round-trips bit for bit.
  [[nodiscard]] Model model() const;
  /// \throws std::invalid_argument where they do not fit the architecture; then nothing has changed
  void load(const Weights& weights);
  /// The gradient of one tensor in plain layout, by its key (`stem.norm.scale`, ...), for tests and
  /// for importance measures.
  /// \throws std::invalid_argument for a key that is not learnt, and in inference
  [[nodiscard]] Tensor gradient(std::string_view name) const;

  /// While set, forward() in training mode averages the batch statistics of all batches since into
  /// the running ones, each with equal weight (for averaged weights, which need statistics of their
  /// own).
  void begin_statistics();
  void end_statistics();

  /// Bytes of activations, gradients, workspaces and scratch.
  [[nodiscard]] std::size_t arena_bytes() const;
  /// The most of them that is in use at once: the arena cannot be smaller.
  [[nodiscard]] std::size_t live_bytes() const;
  /// The steps in order, for `inspect --plan`: name, layout text, bytes written.
  struct PlanRow {
    std::string pass, node, step;
    std::string layout;     ///< of what the step writes, e.g. `f32 64x16x32x32 aBcd8b`
    std::size_t bytes = 0;  ///< written
  };
  [[nodiscard]] std::vector<PlanRow> plan() const;
  /// Median seconds of each row of plan(), of this many runs over whatever input() holds. Gradients
  /// are overwritten, running statistics are kept. \throws std::invalid_argument unless rounds >= 1
  [[nodiscard]] std::vector<double> measure(int rounds);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lamarck::nn
