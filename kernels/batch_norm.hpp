// Batch normalisation over {n, h, w} of each channel, with ReLU fused where asked:
//   dst = relu?((src - mean) / sqrt(variance + epsilon) * scale + shift)
//
// Source: S. Ioffe and C. Szegedy, "Batch normalization", ICML 2015.
#pragma once
#include "kernels/layout.hpp"
#include "kernels/step.hpp"

namespace lamarck::kernels {

class BatchNorm {
 public:
  struct Options {
    bool training = true;  ///< statistics of the batch; else those given
    bool fused_relu = false;
    float epsilon = 1e-5F;
  };
  /// `layout` of src and dst: 4-D {n,c,h,w} (or 2-D {n,c}), f32 in any order, or bf16 in blocks of
  /// 8 or 16 channels (elsewhere only where oneDNN computes in bf16).
  BatchNorm(const Layout& layout, const Options& options);
  /// Whether there is a kernel for the layout's type and order.
  [[nodiscard]] static bool takes(const Layout& layout);

  [[nodiscard]] const Layout& layout() const { return layout_; }
  [[nodiscard]] bool fused_relu() const;
  /// scale and shift together, {2, c}: row 0 scale, row 1 shift. mean, variance: {c}. All plain
  /// f32.
  [[nodiscard]] Layout scale_shift_layout() const;
  [[nodiscard]] Layout statistics_layout() const;
  /// What forward remembers for backward when ReLU is fused; empty otherwise.
  [[nodiscard]] Layout workspace_layout() const;
  [[nodiscard]] std::size_t scratch_bytes() const;

  /// Training: writes the batch's mean and (biased) variance; inference: reads them.
  /// src and dst may be one memory in inference only.
  [[nodiscard]] Step forward(Memory src, Memory scale_shift, Memory mean, Memory variance,
                             Memory dst, Memory workspace, Scratch) const;
  [[nodiscard]] Step backward(Memory src, Memory diff_dst, Memory scale_shift, Memory mean,
                              Memory variance, Memory workspace, Memory diff_src,
                              Memory diff_scale_shift, Scratch) const;

  /// Whether an addition can be fused in, in training: to images in blocks of 8 or 16 channels.
  [[nodiscard]] static bool adds(const Layout& layout);
  /// dst = relu?((src - mean) / sqrt(variance + epsilon) * scale + shift + other), of the batch's
  /// statistics, which are written. dst may be the memory of other. \pre training and adds(layout)
  [[nodiscard]] Step forward_add(Memory src, Memory other, Memory scale_shift, Memory mean,
                                 Memory variance, Memory dst) const;
  /// Of both operands, where ReLU is fused. diff_other may be the memory of diff_dst. Without ReLU
  /// the gradient of `other` is diff_dst itself and backward gives the rest. \pre that of
  /// forward_add
  struct AddBackward {
    Memory src, dst, diff_dst, scale_shift, mean, variance;
    Memory diff_src, diff_other, diff_scale_shift;
  };
  [[nodiscard]] Step backward_add(const AddBackward& operands) const;

 private:
  struct Impl;
  Layout layout_;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace lamarck::kernels
