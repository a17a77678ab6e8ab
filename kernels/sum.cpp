// Element-wise over whole buffers, padding included: zeros stay zeros.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <type_traits>

#include "kernels/bfloat16.hpp"
#include "kernels/combine.hpp"
#include "kernels/detail/engine.hpp"
#include "kernels/detail/parallel.hpp"
#include "kernels/simd/elementwise_passes.hpp"

namespace lamarck::kernels {
namespace {

/// Elements a task works on: small enough that a piece of dst stays in the L1 cache while the
/// third and further srcs are added to it.
constexpr std::int64_t kPiece = 2048;

template <class Body>
void for_pieces(std::int64_t count, const Body& body) {
  detail::parallel_for((count + kPiece - 1) / kPiece, [&](std::int64_t piece) {
    const std::int64_t from = piece * kPiece;
    body(from, std::min(kPiece, count - from));
  });
}

template <class Element>
float widened(Element x) {
  if constexpr (std::is_same_v<Element, float>)
    return x;
  else
    return static_cast<float>(std::bit_cast<Bfloat16>(x));
}
template <class Element>
Element narrowed(float x) {
  if constexpr (std::is_same_v<Element, float>)
    return x;
  else
    return std::bit_cast<simd::Bf16>(Bfloat16(x));
}

/// The sum of any number of terms, rounded once.
template <class Element>
void sum_many(const std::vector<const Element*>& srcs, Element* dst, std::int64_t count,
              bool relu) {
  for_pieces(count, [&](std::int64_t from, std::int64_t n) {
    float total[kPiece];
    for (std::int64_t i = 0; i < n; ++i) total[i] = widened(srcs[0][from + i]);
    for (std::size_t s = 1; s < srcs.size(); ++s)
      for (std::int64_t i = 0; i < n; ++i) total[i] += widened(srcs[s][from + i]);
    for (std::int64_t i = 0; i < n; ++i)
      dst[from + i] = narrowed<Element>(relu && total[i] < 0 ? 0.0F : total[i]);
  });
}

template <class Element>
std::function<void()> sum_over(std::span<const Memory> srcs, const Memory& dst, bool relu) {
  std::vector<const Element*> from;
  for (const Memory& src : srcs) from.push_back(static_cast<const Element*>(src.data));
  const auto count = static_cast<std::int64_t>(dst.layout.bytes() / sizeof(Element));
  const auto to = static_cast<Element*>(dst.data);
  if (from.size() != 2)
    return [from = std::move(from), to, count, relu] { sum_many(from, to, count, relu); };
  return [a = from[0], b = from[1], to, count, relu] {
    const auto& passes = simd::elementwise_passes<Element>();
    const auto pass = relu ? passes.add_relu : passes.add;
    for_pieces(count, [&](std::int64_t i, std::int64_t n) { pass(a + i, b + i, n, to + i); });
  };
}

template <class Element>
std::function<void()> relu_backward_over(const Memory& dst, const Memory& diff_dst,
                                         const Memory& diff_src) {
  const auto count = static_cast<std::int64_t>(dst.layout.bytes() / sizeof(Element));
  return
      [y = static_cast<const Element*>(dst.data), dy = static_cast<const Element*>(diff_dst.data),
       dx = static_cast<Element*>(diff_src.data), count] {
        const auto pass = simd::elementwise_passes<Element>().relu_backward;
        for_pieces(count, [&](std::int64_t i, std::int64_t n) { pass(y + i, dy + i, n, dx + i); });
      };
}

Step make_sum(std::span<const Memory> srcs, const Memory& dst, bool relu) {
  const std::string name =
      fmt::format("sum of {}{} {}", srcs.size(), relu ? " relu" : "", dst.layout.text());
  if (srcs.empty()) throw std::invalid_argument(name + ": nothing to add");
  if (dst.layout.empty()) throw std::invalid_argument(name + ": layout is empty");
  detail::check_operand(dst.layout, dst, "dst", name);
  for (const Memory& src : srcs) detail::check_operand(dst.layout, src, "src", name);
  switch (dst.layout.type()) {
    case DataType::f32:
      return {name, sum_over<float>(srcs, dst, relu)};
    case DataType::bf16:
      return {name, sum_over<simd::Bf16>(srcs, dst, relu)};
    case DataType::u8:
      break;
  }
  throw std::invalid_argument(name + ": data type must be f32 or bf16");
}

}  // namespace

Step sum(std::span<const Memory> srcs, Memory dst) { return make_sum(srcs, dst, false); }

Step sum_relu(std::span<const Memory> srcs, Memory dst) { return make_sum(srcs, dst, true); }

Step relu_backward(Memory dst, Memory diff_dst, Memory diff_src) {
  const std::string name = fmt::format("sum relu backward {}", dst.layout.text());
  if (dst.layout.empty()) throw std::invalid_argument(name + ": layout is empty");
  detail::check_operand(dst.layout, dst, "dst", name);
  detail::check_operand(dst.layout, diff_dst, "diff_dst", name);
  detail::check_operand(dst.layout, diff_src, "diff_src", name);
  switch (dst.layout.type()) {
    case DataType::f32:
      return {name, relu_backward_over<float>(dst, diff_dst, diff_src)};
    case DataType::bf16:
      return {name, relu_backward_over<simd::Bf16>(dst, diff_dst, diff_src)};
    case DataType::u8:
      break;
  }
  throw std::invalid_argument(name + ": data type must be f32 or bf16");
}

}  // namespace lamarck::kernels
