// Where the elements of a tensor lie in memory. A layout oneDNN has chosen is opaque: it can be
// compared, sized, printed and reordered to and from the plain row-major one, nothing else.
//
// Thread safety: values, immutable.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lamarck::kernels {

namespace detail {
struct LayoutImpl;
}

enum class DataType { f32, bf16, u8 };
/// `f32`, `bf16` or `u8`.
[[nodiscard]] std::string_view name(DataType type);

/// Dimensions, outermost first: activations {n, c, h, w}, weights {o, c, h, w} or {g, o/g, c/g, h,
/// w}.
using Dims = std::vector<std::int64_t>;

class Layout {
 public:
  /// No layout; bytes() is 0.
  Layout() = default;
  /// Row-major. \throws std::invalid_argument unless 1 to 6 dimensions, each at least 1
  [[nodiscard]] static Layout plain(Dims dims, DataType type = DataType::f32);

  /// The other orders of activations {n, c, h, w}: channels innermost (nhwc), and in blocks of 4, 8
  /// or 16, the last one padded (nChw8c). \throws std::invalid_argument for other sizes
  [[nodiscard]] static Layout channels_last(Dims dims, DataType type = DataType::f32);
  [[nodiscard]] static Layout blocked(Dims dims, int block, DataType type = DataType::f32);

  /// The same order for elements of another type, element i where element i is here; empty where
  /// oneDNN keeps the order to itself. \pre not empty
  [[nodiscard]] Layout as(DataType type) const;

  [[nodiscard]] const Dims& dims() const;
  [[nodiscard]] DataType type() const;
  /// Elements without padding, and bytes with it. Padding elements are kept at zero by every
  /// kernel.
  [[nodiscard]] std::size_t elements() const;
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] bool is_plain() const;
  [[nodiscard]] bool empty() const { return !impl_; }
  /// E.g. `f32 64x16x32x32 aBcd8b`.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Layout& a, const Layout& b);

  explicit Layout(std::shared_ptr<const detail::LayoutImpl> impl) : impl_{std::move(impl)} {}
  [[nodiscard]] const detail::LayoutImpl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const detail::LayoutImpl> impl_;
};

/// A tensor somebody else owns. `data` is aligned to 64 bytes and holds layout.bytes().
struct Memory {
  Layout layout;
  void* data = nullptr;
};

}  // namespace lamarck::kernels
