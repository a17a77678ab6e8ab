// Images of a batch, written one at a time in whatever order and type a kernel reads them in.
//
// Thread safety: a value; images of different index may be written at the same time.
#pragma once
#include <cstddef>
#include <span>

#include "kernels/layout.hpp"

namespace lamarck::kernels {

class ImageWriter {
 public:
  /// Whether images of this layout can be written: {n, c, h, w} or {n, c}, f32 or bf16, in an order
  /// that activations have (plain, channels last, channels in blocks).
  [[nodiscard]] static bool writes(const Layout& layout);
  /// \throws std::invalid_argument unless writes(images.layout)
  explicit ImageWriter(Memory images);

  [[nodiscard]] std::size_t images() const { return images_; }
  /// Numbers of one image, c * h * w.
  [[nodiscard]] std::size_t image_size() const { return image_size_; }
  /// Where an image may be written without write(): its floats in plain order, where that is how
  /// they lie; else empty.
  [[nodiscard]] std::span<float> in_place(std::size_t index) const;
  /// Image `index` is `src`, {c, h, w} in plain order; bf16 is rounded to nearest, ties to even.
  /// Padding is zeroed. \pre src.size() == image_size()
  void write(std::size_t index, std::span<const float> src) const;
  /// Images from `first` on are zero.
  void clear_from(std::size_t first) const;

 private:
  Memory memory_;
  std::size_t images_ = 0, image_size_ = 0;
  bool plain_ = false;
};

}  // namespace lamarck::kernels
