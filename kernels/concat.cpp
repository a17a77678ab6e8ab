#include <fmt/format.h>

#include <numeric>
#include <stdexcept>

#include "kernels/combine.hpp"
#include "kernels/detail/copy_channels.hpp"
#include "kernels/detail/engine.hpp"

namespace lamarck::kernels {
namespace {

std::size_t bytes_of(DataType type) {
  switch (type) {
    case DataType::f32:
      return 4;
    case DataType::bf16:
      return 2;
    case DataType::u8:
      return 1;
  }
  return 4;
}

/// Blocked like the first blocked src; channels innermost when all srcs are so; else plain.
Layout choose_layout(const std::vector<Layout>& srcs, const Dims& dims) {
  const DataType type = srcs.front().type();
  bool innermost = dims.size() == 4 && dims[2] * dims[3] > 1;
  for (const Layout& src : srcs) {
    const auto& blocking = src.impl().blocking;
    if (!blocking.inner_blocks.empty())
      return Layout::blocked(dims, static_cast<int>(blocking.inner_blocks[0]), type);
    innermost = innermost && blocking.strides[1] == 1 && !src.is_plain();
  }
  return innermost ? Layout::channels_last(dims, type) : Layout::plain(dims, type);
}

}  // namespace

struct Concat::Impl {
  std::string text;
  std::vector<Layout> srcs;
  std::vector<detail::ChannelView> views;
  std::vector<std::int64_t> offsets;  ///< the channel at which each src starts in dst
  Layout dst;
  detail::ChannelView dst_view;
  std::size_t element_bytes = 4;
};

Concat::Concat(std::vector<Layout> srcs) {
  auto impl = std::make_shared<Impl>();
  if (srcs.empty()) throw std::invalid_argument("concat: nothing to join");
  Dims dims = srcs.front().dims();
  impl->text = "concat";
  std::int64_t channels = 0;
  for (const Layout& src : srcs) {
    impl->text += fmt::format("{} {}", channels == 0 ? "" : ",", src.text());
    const auto view = src.empty() ? std::nullopt : detail::channel_view(src);
    if (!view)
      throw std::invalid_argument(fmt::format("{}: src must be an activation", impl->text));
    Dims same = src.dims();
    same[1] = dims[1];
    if (same != dims || src.type() != srcs.front().type())
      throw std::invalid_argument(fmt::format("{}: srcs may differ in channels alone", impl->text));
    impl->views.push_back(*view);
    impl->offsets.push_back(channels);
    channels += src.dims()[1];
  }
  dims[1] = channels;
  impl->dst = choose_layout(srcs, dims);
  impl->dst_view = detail::channel_view(impl->dst).value();
  impl->element_bytes = bytes_of(srcs.front().type());
  impl->srcs = std::move(srcs);
  impl_ = std::move(impl);
}

const Layout& Concat::layout() const { return impl_->dst; }

std::size_t Concat::scratch_bytes() const { return 0; }

Step Concat::forward(std::span<const Memory> srcs, Memory dst, Scratch) const {
  const std::string step = impl_->text + " forward";
  if (srcs.size() != impl_->srcs.size())
    throw std::invalid_argument(
        fmt::format("{}: {} srcs expected, got {}", step, impl_->srcs.size(), srcs.size()));
  std::vector<const void*> from;
  for (std::size_t i = 0; i < srcs.size(); ++i) {
    detail::check_operand(impl_->srcs[i], srcs[i], "src", step);
    from.push_back(srcs[i].data);
  }
  detail::check_operand(impl_->dst, dst, "dst", step);
  return {step, [impl = impl_, from = std::move(from), to = dst.data] {
            for (std::size_t i = 0; i < from.size(); ++i)
              detail::copy_channels(impl->views[i], from[i], 0, impl->dst_view, to,
                                    impl->offsets[i], impl->views[i].channels, impl->element_bytes);
          }};
}

Step Concat::backward(std::size_t index, Memory diff_dst, Memory diff_src, Scratch) const {
  const std::string step = fmt::format("{} backward {}", impl_->text, index);
  if (index >= impl_->srcs.size())
    throw std::invalid_argument(fmt::format("{}: there are {} srcs", step, impl_->srcs.size()));
  detail::check_operand(impl_->dst, diff_dst, "diff_dst", step);
  detail::check_operand(impl_->srcs[index], diff_src, "diff_src", step);
  return {step, [impl = impl_, index, from = diff_dst.data, to = diff_src.data] {
            detail::copy_channels(impl->dst_view, from, impl->offsets[index], impl->views[index],
                                  to, 0, impl->views[index].channels, impl->element_bytes);
          }};
}

}  // namespace lamarck::kernels
