// Dropout over flat memory: dst[i] = keep(i) ? src[i] / (1 - rate) : 0.
//
// The mask is a hash of (seed, node, step, i), so backward draws the same one again and nothing is
// stored. Layouts do not matter: padding is zero and stays zero.
// Source: N. Srivastava et al., "Dropout", JMLR 15, 2014.
#pragma once
#include <cstdint>
#include <string_view>

#include "kernels/layout.hpp"
#include "kernels/step.hpp"
#include "nn/network/detail/run_state.hpp"

namespace lamarck::nn::detail {

/// Forward on values and backward on gradients alike; src and dst may be one memory. The step drawn
/// from is state.step at the time of running.
[[nodiscard]] kernels::Step dropout(kernels::Memory src, kernels::Memory dst, float rate,
                                    std::uint64_t seed, std::string_view node,
                                    const RunState& state);

}  // namespace lamarck::nn::detail
