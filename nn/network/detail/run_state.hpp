// What changes from one run of the steps to the next; steps read it while they run.
#pragma once
#include <cstdint>

namespace lamarck::nn::detail {

struct RunState {
  std::uint64_t step = 0;    ///< counts batches; dropout draws from it
  float norm_weight = 0.1F;  ///< of the batch in the running statistics
};

}  // namespace lamarck::nn::detail
