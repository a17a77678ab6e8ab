// The table of edits.
#include <vector>

#include "nn/edits/detail/kinds.hpp"

namespace lamarck::nn {

std::span<const EditKind> edit_kinds() {
  static const std::vector<EditKind> kinds{
      detail::kWiden,         detail::kNarrow,           detail::kInsertConv,
      detail::kInsertDense,   detail::kInsertResidual,   detail::kRemoveLayer,
      detail::kGrowKernel,    detail::kShrinkKernel,     detail::kAddSkip,
      detail::kRemoveSkip,    detail::kChangeActivation, detail::kChangeStride,
      detail::kChangePooling, detail::kSeparate,         detail::kTrainGenes};
  return kinds;
}

}  // namespace lamarck::nn
