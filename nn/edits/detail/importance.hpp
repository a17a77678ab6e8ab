// How much each channel of a group matters to the layers that read it.
#pragma once
#include <vector>

#include "nn/edits/channels.hpp"

namespace lamarck::nn::detail {

/// One number a channel, at least 0: the L2 norm of the filter that makes it (times the scale that
/// normalises it), times what each depthwise filter, normalisation and gate on its way makes of it,
/// times the L2 norm of the columns that read it; summed over all ways from makers to readers. 0
/// where every way is cut. A squeeze-excite gate counts as open.
///
/// Source: H. Li et al., "Pruning filters for efficient ConvNets", ICLR 2017; Z. Liu et al.,
/// "Network slimming", ICCV 2017.
[[nodiscard]] std::vector<double> channel_importance(const Architecture& architecture,
                                                     const Weights& weights,
                                                     const ChannelGroup& group);

}  // namespace lamarck::nn::detail
