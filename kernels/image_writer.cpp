#include "kernels/image_writer.hpp"

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <string>

#include "kernels/bfloat16.hpp"
#include "kernels/detail/channel_view.hpp"
#include "kernels/simd/bf16_passes.hpp"

namespace lamarck::kernels {
namespace {

using detail::ChannelView;

/// The run of one group of channels, all pixels.
template <class Element>
Element* group_of(const ChannelView& view, const Memory& memory, std::size_t image,
                  std::int64_t group) {
  return static_cast<Element*>(memory.data) + static_cast<std::int64_t>(image) * view.image +
         group * view.group;
}

template <class Element>
void interleave(const float* src, std::int64_t pixels, std::int64_t used, std::int64_t lanes,
                Element* dst) {
  for (std::int64_t p = 0; p < pixels; ++p)
    for (std::int64_t lane = 0; lane < lanes; ++lane)
      dst[p * lanes + lane] = Element(lane < used ? src[lane * pixels + p] : 0.0F);
}

void copy_channel(const float* src, std::int64_t pixels, float* dst) {
  std::copy_n(src, pixels, dst);
}
void copy_channel(const float* src, std::int64_t pixels, Bfloat16* dst) {
  simd::bf16_passes().narrow(src, pixels, reinterpret_cast<simd::Bf16*>(dst));
}

template <class Element>
void write_image(const ChannelView& view, const Memory& memory, std::size_t image,
                 const float* src) {
  for (std::int64_t g = 0; g < view.groups; ++g) {
    auto* dst = group_of<Element>(view, memory, image, g);
    const float* from = src + g * view.lanes * view.pixels;
    if (view.lanes == 1)
      copy_channel(from, view.pixels, dst);
    else
      interleave(from, view.pixels, view.used(g), view.lanes, dst);
  }
}

template <class Element>
void clear_image(const ChannelView& view, const Memory& memory, std::size_t image) {
  for (std::int64_t g = 0; g < view.groups; ++g)
    std::fill_n(group_of<Element>(view, memory, image, g), view.pixels * view.lanes, Element(0.0F));
}

}  // namespace

bool ImageWriter::writes(const Layout& layout) {
  return !layout.empty() && layout.type() != DataType::u8 && detail::channel_view(layout);
}

ImageWriter::ImageWriter(Memory images) : memory_{std::move(images)} {
  if (!writes(memory_.layout))
    throw std::invalid_argument("images cannot be written as " +
                                (memory_.layout.empty() ? "nothing" : memory_.layout.text()));
  images_ = static_cast<std::size_t>(memory_.layout.dims()[0]);
  image_size_ = memory_.layout.elements() / images_;
  plain_ = memory_.layout.is_plain() && memory_.layout.type() == DataType::f32;
}

std::span<float> ImageWriter::in_place(std::size_t index) const {
  if (!plain_) return {};
  return {static_cast<float*>(memory_.data) + index * image_size_, image_size_};
}

void ImageWriter::write(std::size_t index, std::span<const float> src) const {
  assert(index < images_ && src.size() == image_size_);
  const ChannelView view = *detail::channel_view(memory_.layout);
  if (memory_.layout.type() == DataType::f32)
    write_image<float>(view, memory_, index, src.data());
  else
    write_image<Bfloat16>(view, memory_, index, src.data());
}

void ImageWriter::clear_from(std::size_t first) const {
  const ChannelView view = *detail::channel_view(memory_.layout);
  for (std::size_t image = first; image < images_; ++image) {
    if (memory_.layout.type() == DataType::f32)
      clear_image<float>(view, memory_, image);
    else
      clear_image<Bfloat16>(view, memory_, image);
  }
}

}  // namespace lamarck::kernels
