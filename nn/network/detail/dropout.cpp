#include "nn/network/detail/dropout.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <string>

#include "kernels/random.hpp"

namespace lamarck::nn::detail {
namespace {

/// C. Wellons' lowbias32, a permutation of 32 bits with little bias in either direction; plain
/// shifts, xors and multiplications, which compilers vectorise.
constexpr std::uint32_t mixed(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  return x ^ (x >> 16);
}

struct Mask {
  std::uint32_t first_key, second_key;
  std::uint32_t threshold;  ///< draws below it are dropped
  float factor;             ///< of what is kept
};

void apply(const Mask& mask, const float* src, float* dst, std::uint32_t size) {
  for (std::uint32_t i = 0; i < size; ++i) {
    const std::uint32_t draw = mixed(mixed(i + mask.first_key) ^ mask.second_key);
    const float kept = src[i] * mask.factor;
    dst[i] = draw >= mask.threshold ? kept : 0.0F;
  }
}

}  // namespace

kernels::Step dropout(kernels::Memory src, kernels::Memory dst, float rate, std::uint64_t seed,
                      std::string_view node, const RunState& state) {
  const auto size = static_cast<std::uint32_t>(src.layout.bytes() / sizeof(float));
  const Mask mask{0, 0, static_cast<std::uint32_t>(std::lround(rate * 0x1.0p24)) << 8,
                  rate < 1.0F ? 1.0F / (1.0F - rate) : 0.0F};
  return {fmt::format("dropout {} {}", rate, src.layout.text()),
          [mask, size, seed, purpose = "dropout." + std::string{node}, &state,
           from = static_cast<const float*>(src.data), to = static_cast<float*>(dst.data)] {
            Random keys{seed, purpose, state.step};
            Mask drawn = mask;
            drawn.first_key = keys.bits32();
            drawn.second_key = keys.bits32();
            apply(drawn, from, to, size);
          }};
}

}  // namespace lamarck::nn::detail
