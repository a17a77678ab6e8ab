// Lowering: one overload per operation turns a node into instructions, forward and backward.
// All variables are 4-D {n,c,h,w}; a vector has h = w = 1.
//
// To add an operation: its overload here and its source; compile.cpp's visit finds it.
#pragma once
#include <optional>
#include <vector>

#include "nn/architecture.hpp"
#include "nn/network/detail/builder.hpp"

namespace lamarck::nn::detail {

/// What an operation reads, and how it is read.
struct Site {
  const Node& node;
  std::vector<Var> inputs;
  /// Everyone who reads the node's output reads it as an image of any shape (a dense does).
  bool read_as_image = false;
  /// The node's only reader, where that is an addition that can take over its normalisation.
  const Add* addition = nullptr;
};

[[nodiscard]] Var lower(Builder&, const Site&, const Conv&);
[[nodiscard]] Var lower(Builder&, const Site&, const Dense&);
[[nodiscard]] Var lower(Builder&, const Site&, const MaxPool&);
[[nodiscard]] Var lower(Builder&, const Site&, const AvgPool&);
[[nodiscard]] Var lower(Builder&, const Site&, const GlobalAvgPool&);
[[nodiscard]] Var lower(Builder&, const Site&, const Add&);
[[nodiscard]] Var lower(Builder&, const Site&, const Concat&);
[[nodiscard]] Var lower(Builder&, const Site&, const Scale&);
[[nodiscard]] Var lower(Builder&, const Site&, const Activate&);
[[nodiscard]] Var lower(Builder&, const Site&, const BatchNorm&);
[[nodiscard]] Var lower(Builder&, const Site&, const Dropout&);
[[nodiscard]] Var lower(Builder&, const Site&, const Flatten&);
[[nodiscard]] Var lower(Builder&, const Site&, const Softmax&);

/// f(x), in place where nobody needs x; `input` itself for identity.
[[nodiscard]] Var activate(Builder&, Var input, Activation activation);
/// What of `diff`, the gradient of an activation's output `dst`, reaches its input; `diff` itself
/// for identity. \pre kernels::derivative_from_dst(activation)
[[nodiscard]] Value gradient_from_dst(Builder&, Activation activation, const Value& dst,
                                      const Value& diff);
/// Batch normalisation of the node entered, then the activation (a ReLU in the same pass). Where
/// `addition` reads it (null: none does) and the kernel can fuse that, what the addition takes it
/// over by (Builder::leave_norm).
[[nodiscard]] Var normalise(Builder&, Var input, Activation activation, const Add* addition);
/// relu?(normalised left + right) or relu?(left + normalised right), where one of them waits for
/// that; else nothing. Whether there is a ReLU was known to the one that waits.
[[nodiscard]] std::optional<Var> normalise_and_add(Builder&, Var left, Var right);

/// Sizes of a variable.
struct Sizes {
  int batch, channels, height, width;
};
[[nodiscard]] Sizes sizes(const Layout& layout);

}  // namespace lamarck::nn::detail
