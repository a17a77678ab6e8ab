#include "nn/network/detail/dropout.hpp"

#include <string>

#include "kernels/dropout.hpp"
#include "kernels/random.hpp"

namespace lamarck::nn::detail {

kernels::Step dropout(kernels::Memory src, kernels::Memory dst, float rate, std::uint64_t seed,
                      std::string_view node, const RunState& state) {
  return kernels::dropout(
      src, dst, rate,
      [seed, purpose = "dropout." + std::string{node}, &state]() -> kernels::DropoutKeys {
        Random keys{seed, purpose, state.step};
        const std::uint32_t first = keys.bits32();
        return {first, keys.bits32()};
      });
}

}  // namespace lamarck::nn::detail
