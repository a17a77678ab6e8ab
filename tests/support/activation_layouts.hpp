// The orders an activation tensor may have.
#pragma once
#include <vector>

#include "kernels/layout.hpp"

namespace lamarck::test {

inline std::vector<kernels::Layout> activation_layouts(const kernels::Dims& dims) {
  using kernels::Layout;
  return {Layout::plain(dims), Layout::channels_last(dims), Layout::blocked(dims, 8),
          Layout::blocked(dims, 16)};
}

}  // namespace lamarck::test
