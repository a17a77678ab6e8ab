// Tensors in a kernel's layout, placed and read element by element from the layout's text alone, so
// that tests do not lean on the reorders they test. Padding can be inspected.
#pragma once
#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/bfloat16.hpp"
#include "kernels/buffer.hpp"
#include "kernels/combine.hpp"
#include "kernels/layout.hpp"
#include "kernels/random.hpp"

namespace lamarck::test {

using Values = std::vector<double>;  // row-major

/// Where element `index` lies, in elements: `f32 2x20x5x5 aBcd8b` is read as oneDNN writes it.
class Placement {
 public:
  explicit Placement(const kernels::Layout& layout) : dims_{layout.dims()} {
    const std::string text = layout.text();
    const std::string order = text.substr(text.rfind(' ') + 1);
    std::size_t i = 0;
    for (; i < order.size() && std::isalpha(static_cast<unsigned char>(order[i])); ++i)
      outer_.push_back(
          static_cast<std::size_t>(std::tolower(static_cast<unsigned char>(order[i])) - 'a'));
    while (i < order.size()) {
      std::int64_t size = 0;
      for (; std::isdigit(static_cast<unsigned char>(order[i])); ++i)
        size = size * 10 + (order[i] - '0');
      inner_.push_back({size, static_cast<std::size_t>(order[i++] - 'a'), 0});
    }
    if (outer_.size() != dims_.size()) throw std::logic_error("cannot read layout " + text);

    kernels::Dims steps = dims_;  // along each dimension, in whole blocks
    std::int64_t stride = 1;
    for (auto block = inner_.rbegin(); block != inner_.rend(); ++block) {
      block->stride = stride;
      stride *= block->size;
      steps[block->dim] = (steps[block->dim] + block->size - 1) / block->size;
    }
    outer_strides_.resize(dims_.size());
    for (std::size_t o = outer_.size(); o-- > 0;) {
      outer_strides_[outer_[o]] = stride;
      stride *= steps[outer_[o]];
    }
    if (layout.type() == kernels::DataType::f32 &&
        static_cast<std::size_t>(stride) * sizeof(float) != layout.bytes())
      throw std::logic_error("layout " + text + " holds other elements than its text says");
  }

  std::int64_t offset(const kernels::Dims& index) const {
    std::array<std::int64_t, 6> left{};
    std::copy(index.begin(), index.end(), left.begin());
    std::int64_t at = 0;
    for (std::size_t i = inner_.size(); i-- > 0;) {
      const Block& block = inner_[i];
      at += left[block.dim] % block.size * block.stride;
      left[block.dim] /= block.size;
    }
    for (std::size_t d = 0; d < index.size(); ++d) at += left[d] * outer_strides_[d];
    return at;
  }

 private:
  struct Block {
    std::int64_t size;
    std::size_t dim;
    std::int64_t stride = 0;
  };

  kernels::Dims dims_, outer_strides_;
  std::vector<std::size_t> outer_;
  std::vector<Block> inner_;
};

/// An f32 or bf16 tensor in some layout, with memory of its own and a guard behind it.
struct LaidOut {
  kernels::Layout layout;
  kernels::Buffer buffer;
  explicit LaidOut(const kernels::Layout& l) : layout{l}, buffer(l.bytes() + kGuard) {
    std::fill_n(buffer.data() + l.bytes(), kGuard, kUntouched);
  }
  [[nodiscard]] bool overrun() const {
    const std::byte* const end = buffer.data() + layout.bytes();
    return std::any_of(end, end + kGuard, [](std::byte b) { return b != kUntouched; });
  }
  [[nodiscard]] kernels::Memory memory() const { return {layout, buffer.data()}; }
  /// Padding included.
  [[nodiscard]] std::size_t size() const { return layout.bytes() / (half() ? 2 : 4); }
  [[nodiscard]] double at(std::size_t offset) const {
    return half() ? static_cast<float>(halves()[offset]) : buffer.floats()[offset];
  }
  void set(std::size_t offset, double value) const {
    const auto x = static_cast<float>(value);
    if (half())
      halves()[offset] = kernels::Bfloat16(x);
    else
      buffer.floats()[offset] = x;
  }

 private:
  static constexpr std::size_t kGuard = 4096;
  static constexpr std::byte kUntouched{0x5a};
  [[nodiscard]] bool half() const { return layout.type() == kernels::DataType::bf16; }
  [[nodiscard]] kernels::Bfloat16* halves() const {
    return reinterpret_cast<kernels::Bfloat16*>(buffer.data());
  }
};

/// visit(row-major position, offset) for each element.
template <class Visit>
void for_each_element(const kernels::Layout& layout, const Visit& visit) {
  const Placement placement(layout);
  kernels::Dims index(layout.dims().size(), 0);
  for (std::size_t i = 0; i < layout.elements(); ++i) {
    visit(i, static_cast<std::size_t>(placement.offset(index)));
    for (std::size_t d = index.size(); d-- > 0;) {
      if (++index[d] < layout.dims()[d]) break;
      index[d] = 0;
    }
  }
}

/// `values` in `layout`, its padding zero.
inline LaidOut lay(const Values& values, const kernels::Layout& layout) {
  LaidOut out{layout};
  if (layout.empty()) return out;
  if (values.size() != layout.elements()) throw std::logic_error("values do not fit the layout");
  if (layout.text().ends_with("opaque")) {  // oneDNN's secret: some weights for Winograd's method
    kernels::reorder_now(lay(values, kernels::Layout::plain(layout.dims())).memory(), out.memory());
    return out;
  }
  for_each_element(layout, [&](std::size_t i, std::size_t at) { out.set(at, values[i]); });
  return out;
}

/// Memory that holds rubbish everywhere, as a kernel's destination.
inline LaidOut rubbish(const kernels::Layout& layout) {
  LaidOut out{layout};
  for (std::size_t i = 0; i < out.size(); ++i) out.set(i, std::numeric_limits<double>::quiet_NaN());
  return out;
}

/// \throws std::logic_error where something was written behind the tensor
inline Values read(const LaidOut& tensor) {
  if (tensor.overrun()) throw std::logic_error("written beyond " + tensor.layout.text());
  Values values(tensor.layout.elements());
  for_each_element(tensor.layout,
                   [&](std::size_t i, std::size_t at) { values[i] = tensor.at(at); });
  return values;
}

/// Whether every element that is none of the tensor's is exactly zero.
inline bool padding_is_zero(const LaidOut& tensor) {
  std::vector<bool> inside(tensor.size(), false);
  for_each_element(tensor.layout, [&](std::size_t, std::size_t at) { inside[at] = true; });
  for (std::size_t i = 0; i < inside.size(); ++i)
    if (!inside[i] && tensor.at(i) != 0) return false;
  return true;
}

/// Largest difference against the largest reference; infinite where anything is not finite.
inline double relative_error(const Values& found, const Values& expected) {
  if (found.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double difference = 0, largest = 1e-30;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!std::isfinite(found[i])) return std::numeric_limits<double>::infinity();
    difference = std::max(difference, std::abs(found[i] - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  return difference / largest;
}

/// What bf16 makes of them.
inline Values rounded(Values values) {
  for (double& v : values) v = static_cast<float>(kernels::Bfloat16(static_cast<float>(v)));
  return values;
}

/// How far results may be off, by relative_error(): bf16 keeps eight bits of what is written.
inline double tolerance(const kernels::Layout& written) {
  return written.type() == kernels::DataType::bf16 ? 1.0 / 256 : 1e-4;
}

/// Random values that floats hold exactly.
inline Values random_values(std::size_t count, Random& random, double from = -1, double to = 1) {
  Values values(count);
  for (double& v : values) v = static_cast<float>(random.uniform(from, to));
  return values;
}
inline Values random_values(const kernels::Layout& layout, Random& random) {
  return random_values(layout.elements(), random);
}

}  // namespace lamarck::test
