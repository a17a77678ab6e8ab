// Blocks: functions that add a few nodes to an architecture and return the id of the last.
// Sources: K. He et al., CVPR 2016 (residual, bottleneck); M. Sandler et al., CVPR 2018 (inverted
// residual); J. Hu et al., CVPR 2018 (squeeze-excite); F. Chollet, CVPR 2017 (separable).
#pragma once
#include <string>

#include "nn/architecture.hpp"

namespace lamarck::nn {

/// Each reads `from` (an id or kInput), names its nodes after `stem` and returns its last node's
/// id. Projections (1x1 conv + normalisation) appear on the skip where the shape changes.
std::string add_conv(Architecture&, const std::string& from, const std::string& stem, const Conv&);
std::string add_residual(Architecture&, const std::string& from, const std::string& stem, int out,
                         int stride = 1, Activation act = Activation::relu);
std::string add_bottleneck(Architecture&, const std::string& from, const std::string& stem, int out,
                           int middle, int stride = 1, Activation act = Activation::relu);
std::string add_inverted_residual(Architecture&, const std::string& from, const std::string& stem,
                                  int out, int expansion, int kernel = 3, int stride = 1,
                                  Activation act = Activation::relu);
std::string add_separable(Architecture&, const std::string& from, const std::string& stem, int out,
                          int kernel = 3, int stride = 1, Activation act = Activation::relu);
std::string add_squeeze_excite(Architecture&, const std::string& from, const std::string& stem,
                               int reduction = 4);
/// Global average pooling and a dense layer of `classes` outputs, named `pooled` and `logits`.
std::string add_head(Architecture&, const std::string& from, int classes);

/// The built-in networks by name: `small-plain`, `small-residual`, `small-separable`, `tiny-plain`,
/// `small-pooled`, `medium-pooled`, `medium-residual`, `slim-residual`, `wide-residual`,
/// `medium-resnet`, `large-resnet`, `mlp` (search starts) and `lenet`, `vgg`, `resnet20`, `mobile`
/// (the reference nets of bench/). \throws ConfigError with the list of names
[[nodiscard]] Architecture built_in(std::string_view name, Shape input, int outputs);
[[nodiscard]] const std::vector<std::string>& built_in_names();

}  // namespace lamarck::nn
