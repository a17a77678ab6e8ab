#include "kernels/layout.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "kernels/detail/engine.hpp"
#include "kernels/detail/layout_impl.hpp"

namespace lamarck::kernels {
namespace detail {
namespace {

/// Steps taken along a dimension, in whole blocks.
std::int64_t outer_extent(const Blocking& blocking, std::size_t dim) {
  std::int64_t extent = blocking.padded[dim];
  for (std::size_t i = 0; i < blocking.inner_dims.size(); ++i)
    if (blocking.inner_dims[i] == static_cast<std::int64_t>(dim))
      extent /= blocking.inner_blocks[i];
  return extent;
}

bool same_place(const LayoutImpl& a, const LayoutImpl& b) {
  if (a.type != b.type || a.dims != b.dims || a.bytes != b.bytes) return false;
  if (!a.blocking.known || !b.blocking.known) return a.desc == b.desc;
  if (a.blocking.padded != b.blocking.padded || a.blocking.offset != b.blocking.offset ||
      a.blocking.inner_blocks != b.blocking.inner_blocks ||
      a.blocking.inner_dims != b.blocking.inner_dims)
    return false;
  for (std::size_t d = 0; d < a.dims.size(); ++d)  // the stride of a single step is never used
    if (outer_extent(a.blocking, d) > 1 && a.blocking.strides[d] != b.blocking.strides[d])
      return false;
  return true;
}

/// oneDNN's way to write an order: dimensions a, b, c, ... from the outermost; blocked ones in
/// capitals, their blocks at the end.
std::string order_text(const Blocking& blocking) {
  if (!blocking.known) return "opaque";
  std::vector<std::size_t> order(blocking.strides.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return blocking.strides[a] > blocking.strides[b];
  });
  std::string text;
  for (const std::size_t d : order) {
    const bool blocked = std::ranges::count(blocking.inner_dims, static_cast<std::int64_t>(d)) > 0;
    text += static_cast<char>((blocked ? 'A' : 'a') + static_cast<int>(d));
  }
  for (std::size_t i = 0; i < blocking.inner_blocks.size(); ++i)
    text += fmt::format("{}{}", blocking.inner_blocks[i],
                        static_cast<char>('a' + static_cast<int>(blocking.inner_dims[i])));
  return text;
}

DataType from_dnnl(dnnl::memory::data_type type) {
  switch (type) {
    case dnnl::memory::data_type::f32:
      return DataType::f32;
    case dnnl::memory::data_type::bf16:
      return DataType::bf16;
    case dnnl::memory::data_type::u8:
      return DataType::u8;
    default:
      throw std::invalid_argument("layout: data type must be f32, bf16 or u8");
  }
}

}  // namespace

dnnl::memory::data_type to_dnnl(DataType type) {
  switch (type) {
    case DataType::f32:
      return dnnl::memory::data_type::f32;
    case DataType::bf16:
      return dnnl::memory::data_type::bf16;
    case DataType::u8:
      return dnnl::memory::data_type::u8;
  }
  return dnnl::memory::data_type::undef;
}

namespace {

std::shared_ptr<LayoutImpl> described(const MemoryDesc& desc) {
  auto impl = std::make_shared<LayoutImpl>();
  impl->desc = desc;
  impl->blocking = blocking_of(desc);
  impl->dims = dims_of(desc);
  impl->type = from_dnnl(type_of(desc));
  impl->elements = 1;
  for (const std::int64_t d : impl->dims) impl->elements *= static_cast<std::size_t>(d);
  impl->bytes = desc.get_size();
  return impl;
}

/// Row-major first; of four dimensions also channels last and in blocks.
std::vector<MemoryDesc> usual_orders(const Dims& dims, DataType type) {
  std::vector<MemoryDesc> usual{row_major(dims, type)};
  using enum dnnl::memory::format_tag;
  if (dims.size() == 4)
    for (const auto tag : {nhwc, nChw4c, nChw8c, nChw16c})
      usual.emplace_back(dims, to_dnnl(type), tag);
  return usual;
}

}  // namespace

// One order has many descriptors: the stride of a dimension of one step may be anything. oneDNN's
// cache takes them for equal, but its choice of a kernel does not, so that what a problem gets
// would depend on which was asked for first, and asked for at the same time they get each other's
// kernel, with too little scratch (2.6, inner products with AVX-512). Hence one descriptor for each
// order.
Layout to_layout(const MemoryDesc& desc) {
  const auto given = described(desc);
  if (!given->blocking.known || std::ranges::count(given->dims, 1) == 0) return Layout{given};
  for (const MemoryDesc& each : usual_orders(given->dims, given->type))
    if (auto known = described(each); same_place(*given, *known)) return Layout{std::move(known)};
  return Layout{given};
}

std::optional<MemoryDesc> same_order(const Layout& layout, const Dims& dims) {
  const auto from = usual_orders(layout.dims(), layout.type());
  const auto to = usual_orders(dims, layout.type());
  for (std::size_t i = 0; i < std::min(from.size(), to.size()); ++i)
    if (same_place(*described(from[i]), layout.impl())) return to[i];
  return std::nullopt;
}

MemoryDesc any_layout(const Dims& dims, DataType type) {
  return {dims, to_dnnl(type), dnnl::memory::format_tag::any};
}

MemoryDesc row_major(const Dims& dims, DataType type) {
  Dims strides(dims.size(), 1);
  for (std::size_t d = dims.size() - 1; d-- > 0;) strides[d] = strides[d + 1] * dims[d + 1];
  return {dims, to_dnnl(type), strides};
}

MemoryDesc channels_blocked(const Dims& dims, DataType type, std::int64_t block) {
  using enum dnnl::memory::format_tag;
  return {dims, to_dnnl(type), block == 4 ? nChw4c : block == 8 ? nChw8c : nChw16c};
}

}  // namespace detail

namespace {

void check_dims(const Dims& dims) {
  double elements = 1;
  for (const std::int64_t d : dims) {
    if (d < 1)
      throw std::invalid_argument(
          fmt::format("layout {}: each dimension must be at least 1", fmt::join(dims, "x")));
    elements *= static_cast<double>(d);
  }
  if (elements > 1e15)
    throw std::invalid_argument(fmt::format("layout {}: too large", fmt::join(dims, "x")));
}

void check_activation(const Dims& dims) {
  if (dims.size() != 4)
    throw std::invalid_argument(
        fmt::format("layout {}: must have 4 dimensions", fmt::join(dims, "x")));
  check_dims(dims);
}

template <class Make>
Layout make_layout(const Dims& dims, const Make& make) {
  return detail::guarded(fmt::format("layout {}", fmt::join(dims, "x")),
                         [&] { return detail::to_layout(make()); });
}

}  // namespace

std::string_view name(DataType type) {
  switch (type) {
    case DataType::f32:
      return "f32";
    case DataType::bf16:
      return "bf16";
    case DataType::u8:
      return "u8";
  }
  return "?";
}

Layout Layout::plain(Dims dims, DataType type) {
  if (dims.empty() || dims.size() > 6)
    throw std::invalid_argument(
        fmt::format("layout: must have 1 to 6 dimensions, got {}", dims.size()));
  check_dims(dims);
  return make_layout(dims, [&] { return detail::row_major(dims, type); });
}

Layout Layout::channels_last(Dims dims, DataType type) {
  check_activation(dims);
  return make_layout(dims, [&] {
    return detail::MemoryDesc(dims, detail::to_dnnl(type), dnnl::memory::format_tag::nhwc);
  });
}

Layout Layout::blocked(Dims dims, int block, DataType type) {
  check_activation(dims);
  if (block != 4 && block != 8 && block != 16)
    throw std::invalid_argument(
        fmt::format("layout {}: block must be 4, 8 or 16, got {}", fmt::join(dims, "x"), block));
  return make_layout(dims, [&] { return detail::channels_blocked(dims, type, block); });
}

Layout Layout::as(DataType type) const {
  if (type == impl_->type) return *this;
  return detail::guarded("layout " + text(), [&]() -> Layout {
    const auto other = detail::retyped(impl_->desc, detail::to_dnnl(type));
    return other ? detail::to_layout(*other) : Layout{};
  });
}

const Dims& Layout::dims() const {
  static const Dims none;
  return impl_ ? impl_->dims : none;
}

DataType Layout::type() const { return impl_ ? impl_->type : DataType::f32; }

std::size_t Layout::elements() const { return impl_ ? impl_->elements : 0; }

std::size_t Layout::bytes() const { return impl_ ? impl_->bytes : 0; }

bool Layout::is_plain() const {
  if (!impl_ || !impl_->blocking.known || !impl_->blocking.inner_blocks.empty()) return false;
  std::int64_t expected = 1;
  for (std::size_t d = impl_->dims.size(); d-- > 0;) {
    if (impl_->blocking.padded[d] != impl_->dims[d]) return false;
    if (impl_->dims[d] > 1 && impl_->blocking.strides[d] != expected) return false;
    expected *= impl_->dims[d];
  }
  return true;
}

std::string Layout::text() const {
  if (!impl_) return "none";
  return fmt::format("{} {} {}", name(impl_->type), fmt::join(impl_->dims, "x"),
                     detail::order_text(impl_->blocking));
}

bool operator==(const Layout& a, const Layout& b) {
  if (a.impl_ == b.impl_) return true;
  return a.impl_ && b.impl_ && detail::same_place(*a.impl_, *b.impl_);
}

}  // namespace lamarck::kernels
