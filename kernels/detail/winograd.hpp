// 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3), in all three directions, on CPUs with
// AVX2 or AVX-512. oneDNN 2.6 has it only for AVX-512, and there its gradient of the weights takes
// twice as long. See simd/winograd_passes.hpp for the source.
//
// Results differ from the direct method's by rounding: about 1e-5 of the largest value.
//
// Thread safety: values.
#pragma once
#include <optional>

#include "kernels/convolution.hpp"
#include "kernels/detail/channel_view.hpp"
#include "kernels/simd/winograd_passes.hpp"

namespace lamarck::kernels::detail {

struct Winograd {
  ConvProblem problem;
  const simd::WinogradPasses* passes = nullptr;
  /// Images, f32 or bf16, in blocks of 8 or 16 channels; weights plain f32 {o, c, 3, 3}.
  Layout src_layout, weights_layout, dst_layout;
  ChannelView src, dst;
  int workers = 1;  ///< the thread budget
};

/// Whether the problem is of the kind, and large enough to gain (docs/performance.md has the
/// measurements), whatever the CPU.
[[nodiscard]] bool winograd_pays(const ConvProblem& problem);

/// Of images of this type, f32 or bf16, in blocks of `block` channels; 0: of so many as is fastest.
/// Nothing where it does not pay or the CPU is not of the kind.
[[nodiscard]] std::optional<Winograd> winograd(const ConvProblem& problem, DataType type,
                                               int block);

/// For any of the directions.
[[nodiscard]] std::size_t scratch_bytes(const Winograd& conv);

/// Operands are checked by the caller; bias may be null. Element is float or simd::Bf16, as the
/// layouts say; the arithmetic is in floats for both, and each result is rounded once.
template <class Element>
void forward(const Winograd& conv, const Element* src, const float* weights, const float* bias,
             bool relu, Element* dst, Scratch scratch);
/// `other` is added to diff_src unless it is null; it may be the same memory.
template <class Element>
void backward_data(const Winograd& conv, const Element* diff_dst, const float* weights,
                   const Element* other, Element* diff_src, Scratch scratch);
template <class Element>
void backward_weights(const Winograd& conv, const Element* src, const Element* diff_dst,
                      float* diff_weights, float* diff_bias, Scratch scratch);

}  // namespace lamarck::kernels::detail
