// Batch normalisation of blocked images, f32 or bf16, ours: fewer passes over memory than oneDNN's,
// nothing remembered for the backward one, and an addition fused in. Works on one group of channels
// after the other, so that what the first pass read is still in the cache for the second.
//
// Thread safety: values; the functions write what they are given and nothing else.
#pragma once
#include <optional>

#include "kernels/detail/channel_view.hpp"
#include "kernels/simd/lanes.hpp"

namespace lamarck::kernels::detail {

/// How to normalise a tensor.
struct ImageNorm {
  ChannelView view;
  float epsilon = 1e-5F;
  bool relu = false;
};
/// Nothing for layouts other than f32 or bf16 in blocks of 8 or 16 channels.
[[nodiscard]] std::optional<ImageNorm> image_norm(const Layout& layout, float epsilon, bool relu);

/// Per-channel vectors, {c}.
struct NormVectors {
  const float* scale = nullptr;
  const float* shift = nullptr;
  float* mean = nullptr;
  float* variance = nullptr;
};

/// mean and variance of src go to `vectors`. Element is float or simd::Bf16, as the layout said.
template <class Element>
void measure(const ImageNorm& norm, const Element* src, const NormVectors& vectors,
             std::int64_t group);
/// dst = relu?(normalised src), or relu?(normalised src + other) where there is another.
template <class Element>
void normalise(const ImageNorm& norm, const Element* src, const Element* other,
               const NormVectors& vectors, std::int64_t group, Element* dst);

/// The gradients of scale and shift, {c} each.
struct NormGradients {
  float* scale = nullptr;
  float* shift = nullptr;
};
/// `dst`: what forward gave, needed only where another operand was added before a ReLU; its
/// gradient then goes to `diff_other`. diff_src and diff_other may each be the memory of diff_dst,
/// not both.
template <class Element>
struct NormBackward {
  const Element* src = nullptr;
  const Element* dst = nullptr;
  const Element* diff_dst = nullptr;
  Element* diff_src = nullptr;
  Element* diff_other = nullptr;
};
template <class Element>
void backward(const ImageNorm& norm, const NormBackward<Element>& tensors,
              const NormVectors& vectors, std::int64_t group, const NormGradients& gradients);

}  // namespace lamarck::kernels::detail
