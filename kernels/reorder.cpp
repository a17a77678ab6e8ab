#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

#include "kernels/buffer.hpp"
#include "kernels/combine.hpp"
#include "kernels/cpu.hpp"
#include "kernels/detail/engine.hpp"
#include "kernels/detail/parallel.hpp"
#include "kernels/simd/bf16_passes.hpp"

namespace lamarck::kernels {
namespace {

constexpr std::int64_t kPiece = 16384;  // elements a task converts

/// Nothing unless both orders are equal and the types are f32 and bf16: then one pass of ours.
std::function<void()> converted(const Memory& src, const Memory& dst) {
  const auto over = [](std::int64_t count, const auto& body) {
    detail::parallel_for((count + kPiece - 1) / kPiece, [&](std::int64_t piece) {
      body(piece * kPiece, std::min(kPiece, count - piece * kPiece));
    });
  };
  const DataType from = src.layout.type(), to = dst.layout.type();
  if (from == to || from == DataType::u8 || to == DataType::u8 || src.layout.as(to) != dst.layout)
    return {};
  if (to == DataType::f32)
    return [=, x = static_cast<const simd::Bf16*>(src.data), y = static_cast<float*>(dst.data),
            count = static_cast<std::int64_t>(dst.layout.bytes() / sizeof(float))] {
      over(count,
           [&](std::int64_t i, std::int64_t n) { simd::bf16_passes().widen(x + i, n, y + i); });
    };
  return [=, x = static_cast<const float*>(src.data), y = static_cast<simd::Bf16*>(dst.data),
          count = static_cast<std::int64_t>(src.layout.bytes() / sizeof(float))] {
    over(count,
         [&](std::int64_t i, std::int64_t n) { simd::bf16_passes().narrow(x + i, n, y + i); });
  };
}

/// Where the CPU has no bf16, oneDNN's reorders of it go number by number: then in f32, with memory
/// of its own. Nothing where that is not wanted, or an order is oneDNN's secret.
std::function<void()> through_f32(const Memory& src, const Memory& dst) {
  const auto half = [](const Memory& m) { return m.layout.type() == DataType::bf16; };
  const auto known = [](const Memory& m) {
    return m.layout.type() != DataType::u8 && !m.layout.as(DataType::f32).empty();
  };
  if (computes_bf16() || !(half(src) || half(dst)) || !known(src) || !known(dst)) return {};
  std::vector<Step> steps;
  std::vector<std::shared_ptr<const Buffer>> buffers;
  const auto staged = [&](const Memory& like) -> Memory {
    const Layout wide = like.layout.as(DataType::f32);
    buffers.push_back(std::make_shared<const Buffer>(wide.bytes()));
    return {wide, buffers.back()->data()};
  };
  const Memory from = half(src) ? staged(src) : src, to = half(dst) ? staged(dst) : dst;
  if (half(src)) steps.push_back(reorder(src, from));
  steps.push_back(reorder(from, to));
  if (half(dst)) steps.push_back(reorder(to, dst));
  return [steps = std::move(steps), buffers = std::move(buffers)] {
    for (const Step& step : steps) step.run();
  };
}

}  // namespace

Step reorder(Memory src, Memory dst) {
  const std::string name = fmt::format("reorder {} to {}", src.layout.text(), dst.layout.text());
  detail::check_operand(src.layout, src, "src", name);
  detail::check_operand(dst.layout, dst, "dst", name);
  if (src.layout.empty() || dst.layout.empty() || src.layout.dims() != dst.layout.dims())
    throw std::invalid_argument(name + ": both must have the same dimensions");
  if (src.layout == dst.layout) {
    const std::size_t bytes = src.layout.bytes();
    return {name, [from = src.data, to = dst.data, bytes] {
              if (from != to) std::memcpy(to, from, bytes);
            }};
  }
  if (auto convert = converted(src, dst)) return {name, std::move(convert)};
  if (auto staged = through_f32(src, dst)) return {name, std::move(staged)};
  return detail::guarded(name, [&]() -> Step {
    const dnnl::reorder::primitive_desc descriptor(
        detail::engine(), detail::for_reorder(detail::desc_of(src.layout)), detail::engine(),
        detail::for_reorder(detail::desc_of(dst.layout)), detail::attributes());
    const auto compiled = detail::compile<dnnl::reorder>(descriptor);
    // Few reorders want scratch; those keep their own, so that callers need not provide any.
    auto scratch = std::make_shared<const Buffer>(compiled.scratch_bytes());
    Step step = detail::make_step(name, compiled,
                                  {detail::operand(DNNL_ARG_FROM, src.layout, src, "src", name),
                                   detail::operand(DNNL_ARG_TO, dst.layout, dst, "dst", name)},
                                  scratch->data());
    if (scratch->bytes() == 0) return step;
    return {name, [scratch, run = std::move(step.run)] { run(); }};
  });
}

void round(std::span<const float> from, std::span<Bfloat16> to) {
  simd::bf16_passes().narrow(from.data(), static_cast<std::int64_t>(from.size()),
                             reinterpret_cast<simd::Bf16*>(to.data()));
}

void reorder_now(Memory src, Memory dst) { reorder(src, dst).run(); }

}  // namespace lamarck::kernels
