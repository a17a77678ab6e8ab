// Operations that join or move tensors: sum, concat along channels, per-channel gate, reorder.
#pragma once
#include <span>
#include <vector>

#include "kernels/bfloat16.hpp"
#include "kernels/layout.hpp"
#include "kernels/step.hpp"

namespace lamarck::kernels {

/// dst = the sum of all srcs (all of dst's layout); dst may be srcs[0]. Padding stays zero.
/// \throws std::invalid_argument where layouts differ or nothing is given
[[nodiscard]] Step sum(std::span<const Memory> srcs, Memory dst);

/// dst = relu(sum of srcs), and its backward: diff_src = dst > 0 ? diff_dst : 0. One pass each.
[[nodiscard]] Step sum_relu(std::span<const Memory> srcs, Memory dst);
/// diff_src may be diff_dst; it is the gradient of each of the sum's srcs.
[[nodiscard]] Step relu_backward(Memory dst, Memory diff_dst, Memory diff_src);

/// Concatenation along channels: {n,c_i,h,w}... -> {n,sum c_i,h,w}, or {n,c_i}... -> {n,sum c_i}.
/// The layout of dst is `layout()`: blocked when one of the srcs is. srcs may each have any order
/// that activations come in (nchw, nhwc, blocked channels). Whole blocks are copied as such;
/// channels that fall between the blocks of dst are moved one by one.
class Concat {
 public:
  explicit Concat(std::vector<Layout> srcs);
  [[nodiscard]] const Layout& layout() const;
  [[nodiscard]] std::size_t scratch_bytes() const;
  [[nodiscard]] Step forward(std::span<const Memory> srcs, Memory dst, Scratch) const;
  /// The part of diff_dst that belongs to src `index`, reordered to diff_src's layout.
  [[nodiscard]] Step backward(std::size_t index, Memory diff_dst, Memory diff_src, Scratch) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

/// dst = src * gate, with gate {n,c,1,1} (from another node) or {1,c,1,1} (a parameter), both in
/// the channel order of src where blocked, f32.
class ChannelScale {
 public:
  ChannelScale(const Layout& src, bool gate_per_image);
  /// Layout of gate and diff_gate: {n or 1, c, 1, 1}, f32, blocked where src is.
  [[nodiscard]] const Layout& gate_layout() const;
  /// dst may be src.
  [[nodiscard]] Step forward(Memory src, Memory gate, Memory dst) const;
  /// diff_src = diff_dst * gate; diff_gate = sum over pixels (and images for a parameter) of
  /// diff_dst * src.
  [[nodiscard]] Step backward(Memory src, Memory gate, Memory diff_dst, Memory diff_src,
                              Memory diff_gate) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

/// Copies src into dst's layout (and data type).
[[nodiscard]] Step reorder(Memory src, Memory dst);
/// The bf16 nearest to each number, ties to even. \pre as many of one as of the other
void round(std::span<const float> from, std::span<Bfloat16> to);
/// The same once, for loading and storing weights.
void reorder_now(Memory src, Memory dst);

}  // namespace lamarck::kernels
