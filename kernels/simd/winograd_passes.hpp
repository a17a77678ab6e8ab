// The passes of a 3x3 convolution by Winograd's minimal filtering F(4x4, 3x3): a tile of 6x6 inputs
// gives 4x4 outputs for 36 multiplications instead of 144.
//
// Source: A. Lavin and S. Gray, "Fast algorithms for convolutional neural networks", CVPR 2016
// (arXiv:1509.09308), section 4.2. The gradients are the adjoints of the same transforms.
//
// A transformed tile is 36 points, each a vector of as many channels as a register holds: `width`,
// 8 with AVX2 and 16 with AVX-512. `step` is the distance in floats from one point to the next.
//
// Thread safety: pure functions on the memory they are given.
#pragma once
#include "kernels/simd/lanes.hpp"

namespace lamarck::kernels::simd {

constexpr std::int64_t kTileIn = 6, kTileOut = 4, kPoints = kTileIn * kTileIn;
/// Tiles are multiplied in rows of so many; a list of tiles is as long as a multiple of it.
constexpr std::int64_t kTileRow = 6;

/// The most channels of a vector.
constexpr std::int64_t kMostWidth = 16;

/// Sizes of the products of one point. Channels come in groups of `width`.
struct WinogradSizes {
  std::int64_t tiles = 0;  ///< in the list
  std::int64_t in_groups = 0, out_groups = 0;
};

/// Where `width` channels of a filter lie: element (lane, tap) at lane * stride + tap.
struct FilterLanes {
  std::int64_t stride = 9;
  std::int64_t used = 8;  ///< the other lanes are zero
  bool flipped = false;   ///< taps in the reverse order, as for the gradient of the input
};

/// What is done to each pixel on its way out.
struct Finish {
  const float* bias = nullptr;  ///< `width` floats, or null
  bool relu = false;
};

/// The pixels of a tile that lie in the image. What is read beside them counts as zero; nothing is
/// written there.
struct TilePart {
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;  ///< rows and columns; the ends are not in
  [[nodiscard]] bool is_whole(std::int64_t side) const {
    return top == 0 && left == 0 && bottom == side && right == side;
  }
};

/// Between images, of floats or bf16, and points.
template <class Element>
struct WinogradImagePasses {
  /// 6x6 pixels of `width` channels, `row` elements from one row to the next, to points. `from` is
  /// where the tile's first pixel is or would be.
  void (*transform_input)(const Element* from, std::int64_t row, const TilePart&, float* to,
                          std::int64_t step);
  /// Points to 4x4 pixels, to which those at `other` are added unless it is null; it lies as `to`
  /// does, and may be `to`.
  void (*transform_output)(const float* from, std::int64_t step, const Finish&,
                           const Element* other, Element* to, std::int64_t row, const TilePart&);
  /// The adjoint of transform_output: 4x4 pixels to points.
  void (*transform_gradient)(const Element* from, std::int64_t row, const TilePart&, float* to,
                             std::int64_t step);
};

struct WinogradPasses {
  std::int64_t width = 8;
  WinogradImagePasses<float> f32;
  WinogradImagePasses<Bf16> bf16;
  /// 3x3 taps of `width` filters to points.
  void (*transform_filter)(const float* from, const FilterLanes&, float* to, std::int64_t step);
  /// The adjoint: points to 3x3 taps.
  void (*filter_gradient)(const float* from, std::int64_t step, const FilterLanes&, float* to);
  /// Of one point: product {out group, tile, width} = tiles {in group, tile, width} x filters {out
  /// group, in channel, width}. Works in whole rows of tiles.
  void (*multiply)(const WinogradSizes&, const float* tiles, const float* filters, float* product);
  /// filters {out group, in channel, width} += sum over tiles of tiles {in group, tile, width} x
  /// gradients {out group, tile, width}, over the first `used` tiles.
  void (*add_products)(const WinogradSizes&, std::int64_t used, const float* tiles,
                       const float* gradients, float* filters);
};

/// Those of a width for the CPU that oneDNN sees; null where it has no fused multiply-add of so
/// many floats.
[[nodiscard]] const WinogradPasses* winograd_passes(std::int64_t width);

#if LAMARCK_AVX2
namespace avx2 {
extern const WinogradPasses kWinogradPasses;
}
#endif
#if LAMARCK_AVX512
namespace avx512 {
extern const WinogradPasses kWinogradPasses;
}
#endif

}  // namespace lamarck::kernels::simd
