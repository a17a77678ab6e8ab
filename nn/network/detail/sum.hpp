// The instruction dst = sum of terms, or relu(sum), over whichever term nobody needs afterwards.
#pragma once
#include "nn/network/detail/program.hpp"

namespace lamarck::nn::detail {

/// \pre all layouts are dst's
[[nodiscard]] Instruction sum_instruction(std::vector<Value> terms, const Value& dst,
                                          bool relu = false);

}  // namespace lamarck::nn::detail
