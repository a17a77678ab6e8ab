#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "kernels/bfloat16.hpp"
#include "kernels/combine.hpp"
#include "kernels/detail/channel_view.hpp"
#include "kernels/detail/engine.hpp"
#include "kernels/detail/parallel.hpp"

namespace lamarck::kernels {
namespace {

using detail::ChannelView;

/// Lanes worked on at once: sums stay in registers.
constexpr std::int64_t kWidth = 8;
using Lanes = std::array<float, kWidth>;

/// Up to kWidth neighbouring channels, or kWidth partial sums of one channel in plain nchw.
struct Piece {
  std::int64_t group, lane, width;  ///< width: lanes taken
  std::int64_t used;                ///< lanes that hold channels
};

Piece piece_of(const ChannelView& view, std::int64_t index) {
  const std::int64_t pieces = (view.lanes + kWidth - 1) / kWidth;
  const std::int64_t group = index / pieces, lane = index % pieces * kWidth;
  const std::int64_t width = std::min(kWidth, view.lanes - lane);
  return {group, lane, width, std::clamp<std::int64_t>(view.used(group) - lane, 0, width)};
}

std::int64_t piece_count(const ChannelView& view) {
  return view.groups * ((view.lanes + kWidth - 1) / kWidth);
}

/// The gate of a piece; whatever stands in its padding counts as zero.
Lanes load_gate(const float* gate, const Piece& piece) {
  Lanes lanes{};
  std::copy_n(gate, piece.used, lanes.begin());
  return lanes;
}

template <class T>
void scale_image(const ChannelView& view, const Piece& piece, const T* src, const Lanes& gate,
                 T* dst) {
  if (view.lanes == 1) {
    for (std::int64_t p = 0; p < view.pixels; ++p) dst[p] = T(static_cast<float>(src[p]) * gate[0]);
  } else if (piece.width == kWidth) {
    for (std::int64_t p = 0; p < view.pixels; ++p)
      for (std::int64_t l = 0; l < kWidth; ++l)
        dst[p * view.pixel + l] =
            T(static_cast<float>(src[p * view.pixel + l]) * gate[static_cast<std::size_t>(l)]);
  } else {
    for (std::int64_t p = 0; p < view.pixels; ++p)
      for (std::int64_t l = 0; l < piece.width; ++l)
        dst[p * view.pixel + l] =
            T(static_cast<float>(src[p * view.pixel + l]) * gate[static_cast<std::size_t>(l)]);
  }
}

/// Sums over the pixels of one image of diff_dst * src, by lane.
template <class T>
Lanes dot_image(const ChannelView& view, const Piece& piece, const T* src, const T* diff_dst) {
  Lanes total{};
  if (view.lanes == 1) {
    Lanes partial{};
    std::int64_t p = 0;
    for (; p + kWidth <= view.pixels; p += kWidth)
      for (std::int64_t l = 0; l < kWidth; ++l)
        partial[static_cast<std::size_t>(l)] +=
            static_cast<float>(src[p + l]) * static_cast<float>(diff_dst[p + l]);
    for (; p < view.pixels; ++p)
      partial[0] += static_cast<float>(src[p]) * static_cast<float>(diff_dst[p]);
    for (const float part : partial) total[0] += part;
  } else if (piece.width == kWidth) {
    for (std::int64_t p = 0; p < view.pixels; ++p)
      for (std::int64_t l = 0; l < kWidth; ++l)
        total[static_cast<std::size_t>(l)] += static_cast<float>(src[p * view.pixel + l]) *
                                              static_cast<float>(diff_dst[p * view.pixel + l]);
  } else {
    for (std::int64_t p = 0; p < view.pixels; ++p)
      for (std::int64_t l = 0; l < piece.width; ++l)
        total[static_cast<std::size_t>(l)] += static_cast<float>(src[p * view.pixel + l]) *
                                              static_cast<float>(diff_dst[p * view.pixel + l]);
  }
  return total;
}

template <class T>
struct Scale {
  ChannelView view;
  bool per_image;

  std::int64_t gate_at(std::int64_t n, const Piece& piece) const {
    return (per_image ? n : 0) * view.groups * view.lanes + piece.group * view.lanes + piece.lane;
  }
  std::int64_t data_at(std::int64_t n, const Piece& piece) const {
    return n * view.image + piece.group * view.group + piece.lane;
  }

  void forward(const T* src, const float* gate, T* dst) const {
    const std::int64_t pieces = piece_count(view);
    detail::parallel_for(view.images * pieces, [&](std::int64_t i) {
      const std::int64_t n = i / pieces;
      const Piece piece = piece_of(view, i % pieces);
      const std::int64_t at = data_at(n, piece);
      scale_image(view, piece, src + at, load_gate(gate + gate_at(n, piece), piece), dst + at);
    });
  }

  void backward(const T* src, const float* gate, const T* diff_dst, T* diff_src,
                float* diff_gate) const {
    const std::int64_t pieces = piece_count(view);
    const std::int64_t together = per_image ? 1 : view.images;  // images that share a gate
    detail::parallel_for(view.images / together * pieces, [&](std::int64_t i) {
      const Piece piece = piece_of(view, i % pieces);
      const std::int64_t first = i / pieces * together;
      const Lanes factors = load_gate(gate + gate_at(first, piece), piece);
      std::array<double, kWidth> total{};
      for (std::int64_t n = first; n < first + together; ++n) {
        const std::int64_t at = data_at(n, piece);
        const Lanes part = dot_image(view, piece, src + at, diff_dst + at);
        for (std::size_t l = 0; l < part.size(); ++l) total[l] += part[l];
        scale_image(view, piece, diff_dst + at, factors, diff_src + at);
      }
      float* out = diff_gate + gate_at(first, piece);
      for (std::int64_t l = 0; l < piece.width; ++l)
        out[l] = l < piece.used ? static_cast<float>(total[static_cast<std::size_t>(l)]) : 0.0F;
    });
  }
};

}  // namespace

struct ChannelScale::Impl {
  std::string text;
  Layout src, gate;
  ChannelView view;
  bool per_image = false;
};

ChannelScale::ChannelScale(const Layout& src, bool gate_per_image) {
  auto impl = std::make_shared<Impl>();
  impl->text = fmt::format("scale {} by {}", src.text(), gate_per_image ? "image" : "channel");
  const auto view = src.empty() ? std::nullopt : detail::channel_view(src);
  if (!view || src.type() == DataType::u8)
    throw std::invalid_argument(impl->text + ": src must be an activation in f32 or bf16");
  impl->src = src;
  impl->view = *view;
  impl->per_image = gate_per_image;
  const Dims dims{gate_per_image ? view->images : 1, view->channels, 1, 1};
  impl->gate = Layout::plain(dims);
  if (!src.impl().blocking.inner_blocks.empty())
    impl->gate = Layout::blocked(dims, static_cast<int>(view->lanes));
  impl_ = std::move(impl);
}

const Layout& ChannelScale::gate_layout() const { return impl_->gate; }

Step ChannelScale::forward(Memory src, Memory gate, Memory dst) const {
  const std::string step = impl_->text + " forward";
  detail::check_operand(impl_->src, src, "src", step);
  detail::check_operand(impl_->gate, gate, "gate", step);
  detail::check_operand(impl_->src, dst, "dst", step);
  const auto make = [&]<class T>(T) -> Step {
    return {step, [scale = Scale<T>{impl_->view, impl_->per_image},
                   x = static_cast<const T*>(src.data), g = static_cast<const float*>(gate.data),
                   y = static_cast<T*>(dst.data)] { scale.forward(x, g, y); }};
  };
  return impl_->src.type() == DataType::bf16 ? make(Bfloat16{}) : make(float{});
}

Step ChannelScale::backward(Memory src, Memory gate, Memory diff_dst, Memory diff_src,
                            Memory diff_gate) const {
  const std::string step = impl_->text + " backward";
  detail::check_operand(impl_->src, src, "src", step);
  detail::check_operand(impl_->gate, gate, "gate", step);
  detail::check_operand(impl_->src, diff_dst, "diff_dst", step);
  detail::check_operand(impl_->src, diff_src, "diff_src", step);
  detail::check_operand(impl_->gate, diff_gate, "diff_gate", step);
  const auto make = [&]<class T>(T) -> Step {
    return {step, [scale = Scale<T>{impl_->view, impl_->per_image},
                   x = static_cast<const T*>(src.data), g = static_cast<const float*>(gate.data),
                   dy = static_cast<const T*>(diff_dst.data), dx = static_cast<T*>(diff_src.data),
                   dg = static_cast<float*>(diff_gate.data)] { scale.backward(x, g, dy, dx, dg); }};
  };
  return impl_->src.type() == DataType::bf16 ? make(Bfloat16{}) : make(float{});
}

}  // namespace lamarck::kernels
