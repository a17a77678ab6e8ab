#include "nn/network/detail/sum.hpp"

#include <algorithm>
#include <numeric>

#include "kernels/combine.hpp"

namespace lamarck::nn::detail {

Instruction sum_instruction(std::vector<Value> terms, const Value& dst, bool relu) {
  Instruction sum;
  sum.overwrites.resize(terms.size());
  std::iota(sum.overwrites.begin(), sum.overwrites.end(), std::size_t{0});
  sum.reads = std::move(terms);
  sum.writes = {dst};
  sum.bind = [relu](const Operands& o) {
    std::vector<Memory> srcs{o.reads.begin(), o.reads.end()};
    const auto taken = std::find_if(
        srcs.begin(), srcs.end(), [&](const Memory& src) { return src.data == o.writes[0].data; });
    // The kernel allows dst to be the first of its terms.
    if (taken != srcs.end()) std::iter_swap(srcs.begin(), taken);
    return relu ? kernels::sum_relu(srcs, o.writes[0]) : kernels::sum(srcs, o.writes[0]);
  };
  return sum;
}

}  // namespace lamarck::nn::detail
