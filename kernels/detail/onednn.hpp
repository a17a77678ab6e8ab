// The only file that knows which major version of oneDNN this is: 2.6 or 3.x. What differs between
// them is given one spelling here; everything else in kernels/ uses it through these functions.
//
// Private to kernels/. Throws dnnl::error; see guarded() in engine.hpp.
#pragma once
#include <oneapi/dnnl/dnnl_debug.h>
#include <algorithm>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <vector>

#if DNNL_VERSION_MAJOR < 2 || (DNNL_VERSION_MAJOR == 2 && DNNL_VERSION_MINOR < 6)
#error "Lamarck needs oneDNN 2.6 or newer"
#endif
#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
#define LAMARCK_OPENMP 1
#elif DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_TBB
#define LAMARCK_TBB 1
#endif

namespace lamarck::kernels::detail {

using MemoryDesc = dnnl::memory::desc;

/// How a tensor is laid out, where oneDNN says so.
struct Blocking {
  bool known = false;  ///< false for formats that oneDNN keeps to itself
  std::vector<std::int64_t> strides, padded;
  std::int64_t offset = 0;
  std::vector<std::int64_t> inner_blocks, inner_dims;  ///< innermost last
};

/// oneDNN 3 builds primitive descriptors at once, 2.6 through an operation descriptor.
template <class Primitive, class... Args>
auto forward_descriptor(const dnnl::engine& engine, const dnnl::primitive_attr& attr,
                        const Args&... args) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Primitive::primitive_desc(engine, args..., attr);
#else
  return typename Primitive::primitive_desc(typename Primitive::desc(args...), attr, engine);
#endif
}

template <class Primitive, class Hint, class... Args>
auto backward_descriptor(const dnnl::engine& engine, const dnnl::primitive_attr& attr,
                         const Hint& hint, const Args&... args) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Primitive::primitive_desc(engine, args..., hint, attr);
#else
  return typename Primitive::primitive_desc(typename Primitive::desc(args...), attr, engine, hint);
#endif
}

#if DNNL_VERSION_MAJOR >= 3

inline std::vector<std::int64_t> dims_of(const MemoryDesc& d) { return d.get_dims(); }
inline dnnl::memory::data_type type_of(const MemoryDesc& d) { return d.get_data_type(); }
inline Blocking blocking_of(const MemoryDesc& d) {
  if (d.get_format_kind() != dnnl::memory::format_kind::blocked) return {};
  return {true,
          d.get_strides(),
          d.get_padded_dims(),
          d.get_submemory_offset(),
          d.get_inner_blks(),
          d.get_inner_idxs()};
}
inline const MemoryDesc& for_reorder(const MemoryDesc& d) { return d; }
/// The same order with elements of another type, where 3.x can say it: without blocks, or images
/// in blocks of channels.
inline std::optional<MemoryDesc> retyped(const MemoryDesc& d, dnnl::memory::data_type type) {
  using Tag = dnnl::memory::format_tag;
  const Blocking b = blocking_of(d);
  if (!b.known || b.offset != 0) return std::nullopt;
  const auto made = [&](const MemoryDesc& desc) -> std::optional<MemoryDesc> {
    if (blocking_of(desc).strides != b.strides) return std::nullopt;
    return desc;
  };
  if (b.inner_blocks.empty()) return made({dims_of(d), type, b.strides});
  if (b.strides.size() != 4 || b.inner_dims != std::vector<std::int64_t>{1}) return std::nullopt;
  switch (b.inner_blocks[0]) {
    case 4:
      return made({dims_of(d), type, Tag::nChw4c});
    case 8:
      return made({dims_of(d), type, Tag::nChw8c});
    case 16:
      return made({dims_of(d), type, Tag::nChw16c});
    default:
      return std::nullopt;
  }
}
inline void append_eltwise(dnnl::post_ops& ops, dnnl::algorithm f, float alpha, float beta) {
  ops.append_eltwise(f, alpha, beta);
}
inline auto eltwise_forward(const dnnl::engine& engine, const dnnl::primitive_attr& attr,
                            dnnl::prop_kind prop, dnnl::algorithm f, const MemoryDesc& data,
                            float alpha, float beta) {
  return forward_descriptor<dnnl::eltwise_forward>(engine, attr, prop, f, data, data, alpha, beta);
}
inline auto eltwise_backward(const dnnl::engine& engine, const dnnl::primitive_attr& attr,
                             const dnnl::eltwise_forward::primitive_desc& hint, dnnl::algorithm f,
                             const MemoryDesc& data, float alpha, float beta) {
  return dnnl::eltwise_backward::primitive_desc(engine, f, data, data, data, alpha, beta, hint,
                                                attr);
}
/// The arguments of hard_swish, x clamp(alpha x + beta, 0, 1); 2.6 has them built in.
inline constexpr float kHardSwishAlpha = 1.0F / 6, kHardSwishBeta = 0.5F;

inline dnnl::normalization_flags scale_and_shift() {
  return dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift;
}
inline auto batch_norm_forward(const dnnl::engine& engine, const dnnl::primitive_attr& attr,
                               dnnl::prop_kind prop, const MemoryDesc& data, float epsilon,
                               dnnl::normalization_flags flags) {
  return forward_descriptor<dnnl::batch_normalization_forward>(engine, attr, prop, data, data,
                                                               epsilon, flags);
}
inline auto batch_norm_backward(const dnnl::engine& engine, const dnnl::primitive_attr& attr,
                                const dnnl::batch_normalization_forward::primitive_desc& hint,
                                const MemoryDesc& data, float epsilon,
                                dnnl::normalization_flags flags) {
  return backward_descriptor<dnnl::batch_normalization_backward>(
      engine, attr, hint, dnnl::prop_kind::backward, data, data, data, epsilon, flags);
}
inline auto pooling_forward(const dnnl::engine& engine, const dnnl::primitive_attr& attr,
                            dnnl::prop_kind prop, dnnl::algorithm kind, const MemoryDesc& src,
                            const MemoryDesc& dst, const dnnl::memory::dims& strides,
                            const dnnl::memory::dims& kernel, const dnnl::memory::dims& before,
                            const dnnl::memory::dims& after) {
  const dnnl::memory::dims dense(kernel.size(), 0);
  return forward_descriptor<dnnl::pooling_forward>(engine, attr, prop, kind, src, dst, strides,
                                                   kernel, dense, before, after);
}
inline auto pooling_backward(const dnnl::engine& engine, const dnnl::primitive_attr& attr,
                             const dnnl::pooling_forward::primitive_desc& hint,
                             dnnl::algorithm kind, const MemoryDesc& src, const MemoryDesc& dst,
                             const dnnl::memory::dims& strides, const dnnl::memory::dims& kernel,
                             const dnnl::memory::dims& before, const dnnl::memory::dims& after) {
  const dnnl::memory::dims dense(kernel.size(), 0);
  return backward_descriptor<dnnl::pooling_backward>(engine, attr, hint, kind, src, dst, strides,
                                                     kernel, dense, before, after);
}

#else  // oneDNN 2.6

inline std::vector<std::int64_t> dims_of(const MemoryDesc& d) { return d.dims(); }
inline dnnl::memory::data_type type_of(const MemoryDesc& d) { return d.data_type(); }
inline Blocking blocking_of(const MemoryDesc& d) {
  if (d.data.format_kind != dnnl_blocked) return {};
  const auto& blocks = d.data.format_desc.blocking;
  const auto take = [](const dnnl_dim_t* from, int n) {
    return std::vector<std::int64_t>(from, from + n);
  };
  return {true,
          take(blocks.strides, d.data.ndims),
          take(d.data.padded_dims, d.data.ndims),
          d.data.offset0,
          take(blocks.inner_blks, blocks.inner_nblks),
          take(blocks.inner_idxs, blocks.inner_nblks)};
}
/// The same places with the usual stride of a dimension along which there is one block. A reorder
/// of 2.6 with AVX-512 writes beyond the end where inner products leave it at 1 and the other side
/// has more padding.
inline MemoryDesc for_reorder(MemoryDesc d) {
  if (d.data.format_kind != dnnl_blocked) return d;
  auto& blocks = d.data.format_desc.blocking;
  dnnl_dim_t inner = 1;
  for (int i = 0; i < blocks.inner_nblks; ++i) inner *= blocks.inner_blks[i];
  for (int i = 0; i < d.data.ndims; ++i) blocks.strides[i] = std::max(blocks.strides[i], inner);
  return d;
}
inline std::optional<MemoryDesc> retyped(const MemoryDesc& d, dnnl::memory::data_type type) {
  if (d.data.format_kind != dnnl_blocked) return std::nullopt;
  MemoryDesc other = d;
  other.data.data_type = dnnl::memory::convert_to_c(type);
  return other;
}
inline void append_eltwise(dnnl::post_ops& ops, dnnl::algorithm f, float alpha, float beta) {
  ops.append_eltwise(1.0F, f, alpha, beta);
}
inline auto eltwise_forward(const dnnl::engine& engine, const dnnl::primitive_attr& attr,
                            dnnl::prop_kind prop, dnnl::algorithm f, const MemoryDesc& data,
                            float alpha, float beta) {
  return forward_descriptor<dnnl::eltwise_forward>(engine, attr, prop, f, data, alpha, beta);
}
inline auto eltwise_backward(const dnnl::engine& engine, const dnnl::primitive_attr& attr,
                             const dnnl::eltwise_forward::primitive_desc& hint, dnnl::algorithm f,
                             const MemoryDesc& data, float alpha, float beta) {
  return backward_descriptor<dnnl::eltwise_backward>(engine, attr, hint, f, data, data, alpha,
                                                     beta);
}
inline constexpr float kHardSwishAlpha = 0, kHardSwishBeta = 0;

// Separate use_scale and use_shift fail in the backward pass of 2.6; the joint tensor works.
inline dnnl::normalization_flags scale_and_shift() {
  return dnnl::normalization_flags::use_scale_shift;
}
inline auto batch_norm_forward(const dnnl::engine& engine, const dnnl::primitive_attr& attr,
                               dnnl::prop_kind prop, const MemoryDesc& data, float epsilon,
                               dnnl::normalization_flags flags) {
  return forward_descriptor<dnnl::batch_normalization_forward>(engine, attr, prop, data, epsilon,
                                                               flags);
}
inline auto batch_norm_backward(const dnnl::engine& engine, const dnnl::primitive_attr& attr,
                                const dnnl::batch_normalization_forward::primitive_desc& hint,
                                const MemoryDesc& data, float epsilon,
                                dnnl::normalization_flags flags) {
  return backward_descriptor<dnnl::batch_normalization_backward>(
      engine, attr, hint, dnnl::prop_kind::backward, data, data, epsilon, flags);
}
template <class... Sizes>
auto pooling_forward(const dnnl::engine& engine, const dnnl::primitive_attr& attr,
                     const Sizes&... sizes) {
  return forward_descriptor<dnnl::pooling_forward>(engine, attr, sizes...);
}
template <class... Sizes>
auto pooling_backward(const dnnl::engine& engine, const dnnl::primitive_attr& attr,
                      const dnnl::pooling_forward::primitive_desc& hint, const Sizes&... sizes) {
  return backward_descriptor<dnnl::pooling_backward>(engine, attr, hint, sizes...);
}

#endif

/// One argument of a primitive: what it is, how it lies and where.
struct Operand {
  int arg = 0;
  MemoryDesc desc;
  void* data = nullptr;
};

/// What the one plain {2, c} tensor of scale and shift is to a batch normalisation.
enum class ScaleShift { forward, backward, gradient };

inline void append_scale_shift(std::vector<Operand>& operands, ScaleShift role,
                               std::int64_t channels, void* data) {
  using dnnl::memory;
  const bool gradient = role == ScaleShift::gradient;
#if DNNL_VERSION_MAJOR >= 3
  const MemoryDesc row({channels}, memory::data_type::f32, memory::format_tag::a);
  operands.push_back({gradient ? DNNL_ARG_DIFF_SCALE : DNNL_ARG_SCALE, row, data});
  if (role == ScaleShift::backward) return;  // which takes no shift, and refuses one
  operands.push_back(
      {gradient ? DNNL_ARG_DIFF_SHIFT : DNNL_ARG_SHIFT, row, static_cast<float*>(data) + channels});
#else
  const MemoryDesc both({2, channels}, memory::data_type::f32, memory::format_tag::nc);
  operands.push_back({gradient ? DNNL_ARG_DIFF_SCALE_SHIFT : DNNL_ARG_SCALE_SHIFT, both, data});
#endif
}

}  // namespace lamarck::kernels::detail
