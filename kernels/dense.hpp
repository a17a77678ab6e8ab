// Fully connected: src {n,c,h,w} x weights {o,c,h,w} + bias {o} -> dst {n,o}. A flattened image
// needs no reorder: the spatial sizes are the problem's.
#pragma once
#include <compare>

#include "kernels/convolution.hpp"

namespace lamarck::kernels {

/// {n, c, h, w} -> {n, o}; h = w = 1 for plain vectors (weights and src still have 4 dimensions).
struct DenseProblem {
  int batch = 1, in_channels = 1, in_height = 1, in_width = 1, out_channels = 1;
  bool bias = true;

  [[nodiscard]] double macs() const {
    return 1.0 * batch * in_channels * in_height * in_width * out_channels;
  }
  [[nodiscard]] std::string text() const;
  auto operator<=>(const DenseProblem&) const = default;
};
void check(const DenseProblem& problem);

/// Same shape of interface as Convolution; dst is {n, o, 1, 1}-sized data in a 2-D {n, o} layout.
class Dense {
 public:
  using Options = Convolution::Options;
  Dense(const DenseProblem& problem, const Options& options);

  [[nodiscard]] const DenseProblem& problem() const { return problem_; }
  [[nodiscard]] const Convolution::Forward& forward_layouts() const;
  [[nodiscard]] const Convolution::BackwardData& backward_data_layouts() const;
  [[nodiscard]] const Convolution::BackwardWeights& backward_weights_layouts() const;
  [[nodiscard]] std::size_t scratch_bytes() const;
  [[nodiscard]] Step forward(Memory src, Memory weights, Memory bias, Memory dst, Scratch) const;
  [[nodiscard]] Step backward_data(Memory diff_dst, Memory weights, Memory diff_src, Scratch) const;
  [[nodiscard]] Step backward_weights(Memory src, Memory diff_dst, Memory diff_weights,
                                      Memory diff_bias, Scratch) const;

 private:
  struct Impl;
  DenseProblem problem_;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace lamarck::kernels
