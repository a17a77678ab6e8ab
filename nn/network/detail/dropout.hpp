// Dropout whose mask is drawn from (seed, node, step).
#pragma once
#include <cstdint>
#include <string_view>

#include "kernels/layout.hpp"
#include "kernels/step.hpp"
#include "nn/network/detail/run_state.hpp"

namespace lamarck::nn::detail {

/// kernels::dropout, forward and backward alike; the step drawn from is state.step at the time of
/// running.
[[nodiscard]] kernels::Step dropout(kernels::Memory src, kernels::Memory dst, float rate,
                                    std::uint64_t seed, std::string_view node,
                                    const RunState& state);

}  // namespace lamarck::nn::detail
