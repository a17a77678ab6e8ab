// Element-wise over whole buffers, padding included: zeros stay zeros.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "kernels/combine.hpp"
#include "kernels/detail/bfloat16.hpp"
#include "kernels/detail/engine.hpp"
#include "kernels/detail/parallel.hpp"

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

template <class T>
void sum_into(const std::vector<const T*>& srcs, T* dst, std::int64_t count, bool relu) {
  const auto finish = [relu](float x) { return relu ? std::max(x, 0.0F) : x; };
  if (srcs.size() == 2) {
    for_pieces(count, [&, a = srcs[0], b = srcs[1]](std::int64_t from, std::int64_t n) {
      if (relu)
        for (std::int64_t i = from; i < from + n; ++i)
          dst[i] = T(std::max(static_cast<float>(a[i]) + static_cast<float>(b[i]), 0.0F));
      else
        for (std::int64_t i = from; i < from + n; ++i)
          dst[i] = T(static_cast<float>(a[i]) + static_cast<float>(b[i]));
    });
    return;
  }
  for_pieces(count, [&](std::int64_t from, std::int64_t n) {
    float total[kPiece];
    for (std::int64_t i = 0; i < n; ++i) total[i] = static_cast<float>(srcs[0][from + i]);
    for (std::size_t s = 1; s < srcs.size(); ++s)
      for (std::int64_t i = 0; i < n; ++i) total[i] += static_cast<float>(srcs[s][from + i]);
    for (std::int64_t i = 0; i < n; ++i) dst[from + i] = T(finish(total[i]));
  });
}

template <class T>
std::function<void()> sum_over(std::span<const Memory> srcs, const Memory& dst, bool relu) {
  std::vector<const T*> from;
  for (const Memory& src : srcs) from.push_back(static_cast<const T*>(src.data));
  const auto count = static_cast<std::int64_t>(dst.layout.bytes() / sizeof(T));
  return [from = std::move(from), to = static_cast<T*>(dst.data), count, relu] {
    sum_into(from, to, count, relu);
  };
}

template <class T>
std::function<void()> relu_backward_over(const Memory& dst, const Memory& diff_dst,
                                         const Memory& diff_src) {
  const auto count = static_cast<std::int64_t>(dst.layout.bytes() / sizeof(T));
  return [y = static_cast<const T*>(dst.data), dy = static_cast<const T*>(diff_dst.data),
          dx = static_cast<T*>(diff_src.data), count] {
    for_pieces(count, [&](std::int64_t from, std::int64_t n) {
      for (std::int64_t i = from; i < from + n; ++i)
        dx[i] = static_cast<float>(y[i]) > 0 ? dy[i] : T(0.0F);
    });
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
      return {name, sum_over<detail::Bfloat16>(srcs, dst, relu)};
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
      return {name, relu_backward_over<detail::Bfloat16>(dst, diff_dst, diff_src)};
    case DataType::u8:
      break;
  }
  throw std::invalid_argument(name + ": data type must be f32 or bf16");
}

}  // namespace lamarck::kernels
