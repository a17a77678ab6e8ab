// A model's graph, lowered: the program with its outer values and the memory of its parameters.
#pragma once
#include "nn/network/detail/parameters.hpp"
#include "nn/network/detail/program.hpp"
#include "nn/network/detail/run_state.hpp"
#include "nn/network/network.hpp"

namespace lamarck::nn::detail {

struct Compiled {
  Program program;
  Parameters learnt, statistics;
  /// Pinned: what the caller writes and reads. Plain but for an input that need not be
  /// (NetworkOptions::plain_input). The last is empty in inference.
  Value input, output, output_gradient;
};

/// Steps of the program read `state`, which must outlive them.
/// \pre the architecture is valid, options.batch >= 1 \throws KernelError
[[nodiscard]] Compiled compile(const Architecture& architecture, const NetworkOptions& options,
                               const RunState& state);

}  // namespace lamarck::nn::detail
