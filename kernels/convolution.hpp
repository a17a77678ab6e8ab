// 2-D convolution: src {n,c,h,w} (*) weights {o,c/g,kh,kw} + bias {o} -> dst {n,o,h',w'}.
//
// Thread safety: immutable after construction; scratch memory belongs to the caller.
#pragma once
#include <compare>

#include "kernels/activation.hpp"
#include "kernels/layout.hpp"
#include "kernels/step.hpp"

namespace lamarck::kernels {

/// One problem. Sizes in elements; dilation 1 is dense; weights are OIHW, or GOIHW when groups > 1.
struct ConvProblem {
  int batch = 1, in_channels = 1, in_height = 1, in_width = 1;
  int out_channels = 1, kernel_height = 1, kernel_width = 1;
  int stride_height = 1, stride_width = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  int dilation_height = 1, dilation_width = 1;
  int groups = 1;
  bool bias = false;

  [[nodiscard]] int out_height() const {
    return (in_height + pad_top + pad_bottom - dilation_height * (kernel_height - 1) - 1) /
               stride_height +
           1;
  }
  [[nodiscard]] int out_width() const {
    return (in_width + pad_left + pad_right - dilation_width * (kernel_width - 1) - 1) /
               stride_width +
           1;
  }
  /// Every input channel has filters of its own (there may be several an input channel).
  [[nodiscard]] bool depthwise() const { return groups == in_channels && groups > 1; }
  /// Multiply-adds of one forward pass over the batch.
  [[nodiscard]] double macs() const {
    return 1.0 * batch * out_channels * out_height() * out_width() * (in_channels / groups) *
           kernel_height * kernel_width;
  }
  /// `n64 ic16 ih32 iw32 oc16 kh3 kw3 ...`: for errors, test names and benchmark rows.
  [[nodiscard]] std::string text() const;
  auto operator<=>(const ConvProblem&) const = default;
};

/// \throws std::invalid_argument naming the first size that makes no sense (an empty output,
/// channels that the groups do not divide)
void check(const ConvProblem& problem);

/// Which passes are wanted. Inference builds forward alone.
enum class Pass { inference, training };

class Convolution {
 public:
  struct Options {
    Pass pass = Pass::training;
    /// Fused after the bias. In training one whose derivative_from_dst: its backward is the
    /// caller's (ActivationKernel, relu_backward), from dst.
    Activation activation = Activation::identity;
    /// False for the first layer: its input has no gradient.
    bool backward_data = true;
    /// Layout of src where the producer has settled it; empty: oneDNN chooses.
    Layout src = {};
    /// Channels side by side in src (but of a first layer) and dst, where there is a kernel
    /// for that. 0: as many as suits the problem and the CPU.
    int block = 0;
    /// Of src, weights and dst and their gradients; bias, diff_weights and diff_bias stay f32. bf16
    /// is emulated, slowly, where the CPU cannot compute in it (computes_bf16).
    DataType type = DataType::f32;
    /// Whether 3x3 convolutions may be computed by Winograd's method where that is faster. It
    /// rounds differently: errors are some 1e-5 of the largest value instead of 1e-6.
    bool winograd = true;
  };
  /// \throws std::invalid_argument for sizes that make no sense, KernelError when oneDNN refuses
  Convolution(const ConvProblem& problem, const Options& options);

  [[nodiscard]] const ConvProblem& problem() const { return problem_; }
  /// The layouts each pass wants; the caller reorders where it holds another.
  struct Forward {
    Layout src, weights, bias, dst;
  };
  struct BackwardData {
    Layout diff_dst, weights, diff_src;
  };
  struct BackwardWeights {
    Layout src, diff_dst, diff_weights, diff_bias;
  };
  [[nodiscard]] const Forward& forward_layouts() const;
  [[nodiscard]] const BackwardData& backward_data_layouts() const;
  [[nodiscard]] const BackwardWeights& backward_weights_layouts() const;
  /// Most scratch that any of its passes wants, in bytes.
  [[nodiscard]] std::size_t scratch_bytes() const;

  /// `bias` is ignored without problem().bias.
  [[nodiscard]] Step forward(Memory src, Memory weights, Memory bias, Memory dst, Scratch) const;
  [[nodiscard]] Step backward_data(Memory diff_dst, Memory weights, Memory diff_src, Scratch) const;
  /// Whether its passes are by Winograd's method, which fuses no activation but ReLU.
  [[nodiscard]] bool by_winograd() const;
  /// Whether backward_data_add is there: where Winograd's method computes the gradient.
  [[nodiscard]] bool adds() const;
  /// diff_src = its gradient + other, in the pass that writes it. `other` lies as diff_src does and
  /// may be its memory. \pre adds()
  [[nodiscard]] Step backward_data_add(Memory diff_dst, Memory weights, Memory other,
                                       Memory diff_src, Scratch) const;
  [[nodiscard]] Step backward_weights(Memory src, Memory diff_dst, Memory diff_weights,
                                      Memory diff_bias, Scratch) const;

 private:
  struct Impl;
  ConvProblem problem_;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace lamarck::kernels
