// Max and average pooling: {n,c,h,w} -> {n,c,h',w'}. An average counts only elements inside the
// image.
#pragma once
#include <compare>

#include "kernels/layout.hpp"
#include "kernels/step.hpp"

namespace lamarck::kernels {

enum class PoolKind { max, average };

struct PoolProblem {
  PoolKind kind = PoolKind::max;
  int batch = 1, channels = 1, in_height = 1, in_width = 1;
  int kernel_height = 2, kernel_width = 2, stride_height = 2, stride_width = 2;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;

  [[nodiscard]] int out_height() const {
    return (in_height + pad_top + pad_bottom - kernel_height) / stride_height + 1;
  }
  [[nodiscard]] int out_width() const {
    return (in_width + pad_left + pad_right - kernel_width) / stride_width + 1;
  }
  [[nodiscard]] std::string text() const;
  auto operator<=>(const PoolProblem&) const = default;
};
/// \throws std::invalid_argument also where a window would lie wholly in the padding
void check(const PoolProblem& problem);

/// Global average pooling is a window of the whole image.
class Pooling {
 public:
  /// `src`: f32 in any order, or bf16 where takes() says so.
  Pooling(const PoolProblem& problem, const Layout& src, bool training);
  /// Whether there is a kernel for the layout's type and order. In bf16: for maxima of windows that
  /// do not overlap, in blocks of 8 or 16 channels; gradients are then never added up.
  [[nodiscard]] static bool takes(const PoolProblem& problem, const Layout& src);
  [[nodiscard]] const Layout& src_layout() const;
  [[nodiscard]] const Layout& dst_layout() const;
  /// Where each maximum came from; empty for averages and inference.
  [[nodiscard]] Layout workspace_layout() const;
  [[nodiscard]] std::size_t scratch_bytes() const;
  [[nodiscard]] Step forward(Memory src, Memory dst, Memory workspace, Scratch) const;
  [[nodiscard]] Step backward(Memory diff_dst, Memory workspace, Memory diff_src, Scratch) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace lamarck::kernels
