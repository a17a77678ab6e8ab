// What a Layout holds, and the way between layouts and oneDNN's memory descriptors.
#pragma once
#include "kernels/detail/onednn.hpp"
#include "kernels/layout.hpp"

namespace lamarck::kernels::detail {

struct LayoutImpl {
  MemoryDesc desc;
  Blocking blocking;
  Dims dims;
  DataType type = DataType::f32;
  std::size_t elements = 0, bytes = 0;
};

[[nodiscard]] dnnl::memory::data_type to_dnnl(DataType type);

/// \throws std::invalid_argument for data types that a Layout cannot name
[[nodiscard]] Layout to_layout(const MemoryDesc& desc);
[[nodiscard]] inline const MemoryDesc& desc_of(const Layout& layout) { return layout.impl().desc; }

/// As many other dimensions in the order of `layout`; nothing where it is none that activations
/// have.
[[nodiscard]] std::optional<MemoryDesc> same_order(const Layout& layout, const Dims& dims);
/// Dimensions without an order: oneDNN chooses.
[[nodiscard]] MemoryDesc any_layout(const Dims& dims, DataType type);
[[nodiscard]] MemoryDesc row_major(const Dims& dims, DataType type);
/// {n, c, h, w} as nChw4c, nChw8c or nChw16c.
[[nodiscard]] MemoryDesc channels_blocked(const Dims& dims, DataType type, std::int64_t block);

}  // namespace lamarck::kernels::detail
