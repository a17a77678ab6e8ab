#include "kernels/dropout.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "kernels/detail/engine.hpp"
#include "kernels/simd/dropout_passes.hpp"

namespace lamarck::kernels {

Step dropout(Memory src, Memory dst, float rate, std::function<DropoutKeys()> keys) {
  const std::string step = fmt::format("dropout {} {}", rate, src.layout.text());
  if (src.layout.empty() || src.layout.type() != DataType::f32)
    throw std::invalid_argument(step + ": src must be f32");
  if (!(rate >= 0 && rate <= 1)) throw std::invalid_argument(step + ": rate must lie in [0, 1]");
  detail::check_operand(src.layout, dst, "dst", step);
  simd::DropoutMask mask;
  mask.threshold = static_cast<std::uint32_t>(
      std::min(std::lround(static_cast<double>(rate) * 0x1.0p24), 0xffffffL) << 8);
  mask.factor = rate < 1.0F ? 1.0F / (1.0F - rate) : 0.0F;
  const auto size = static_cast<std::int64_t>(src.layout.bytes() / sizeof(float));
  return {step, [mask, size, keys = std::move(keys), from = static_cast<const float*>(src.data),
                 to = static_cast<float*>(dst.data)] {
            const DropoutKeys drawn = keys();
            simd::DropoutMask with_keys = mask;
            with_keys.first_key = drawn.first;
            with_keys.second_key = drawn.second;
            simd::dropout_passes().drop(with_keys, from, to, size);
          }};
}

}  // namespace lamarck::kernels
