// separate SITE: a k x k convolution becomes a depthwise one and a 1 x 1 one behind it. Each input
// channel's filters, seen as a matrix {out, k k}, are replaced by their best approximation of rank
// one.
//
// Source: F. Chollet, "Xception", CVPR 2017; C. Eckart and G. Young, Psychometrika 1, 1936 (best
// rank-one approximation).
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "nn/edits/detail/arguments.hpp"
#include "nn/edits/detail/kinds.hpp"
#include "nn/edits/detail/rewire.hpp"

namespace lamarck::nn::detail {
namespace {

void approximate(Weights& weights, const std::string& pointwise, const std::string& depthwise) {
  const Tensor weight = weights.at(pointwise + ".weight");
  const int out = weight.shape[0];
  const int in = weight.shape[1];
  const int window = weight.shape[2] * weight.shape[3];
  Tensor deep{{in, 1, weight.shape[2], weight.shape[3]}};
  Tensor point{{out, in, 1, 1}};
  for (int channel = 0; channel < in; ++channel) {
    Eigen::MatrixXd filters(out, window);
    for (int o = 0; o < out; ++o)
      for (int k = 0; k < window; ++k)
        filters(o, k) = weight.data[static_cast<std::size_t>((o * in + channel) * window + k)];
    // The largest singular value and its right vector, from the small matrix {k k, k k}: the last
    // of its eigenvalues, which are squares.
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> gram(filters.transpose() * filters);
    const double singular = std::sqrt(std::max(0.0, gram.eigenvalues()(window - 1)));
    const Eigen::VectorXd right = gram.eigenvectors().col(window - 1);
    const Eigen::VectorXd left_times_singular = filters * right;
    const double root = std::sqrt(singular);
    for (int k = 0; k < window; ++k)
      deep.data[static_cast<std::size_t>(channel * window + k)] =
          static_cast<float>(root * right(k));
    for (int o = 0; o < out; ++o)
      point.data[static_cast<std::size_t>(o * in + channel)] =
          root > 0 ? static_cast<float>(left_times_singular(o) / root) : 0.0F;
  }
  weights[depthwise + ".weight"] = std::move(deep);
  weights[pointwise + ".weight"] = std::move(point);
}

void apply(Architecture& architecture, Weights* weights, const Edit& edit) {
  only_arguments(edit, {});
  if (!architecture.contains(edit.site)) refuse(edit, "there is no such node");
  const Node node = architecture.node(edit.site);
  const auto* conv = std::get_if<Conv>(&node.op);
  const int in = shapes_by_id(architecture).at(node.inputs[0]).channels;
  if (!conv || conv->groups != 1 || conv->kernel.height * conv->kernel.width == 1 || in < 2)
    refuse(edit, "it is no dense convolution of several channels with a kernel above 1 x 1");
  const std::string depthwise = architecture.fresh_id(edit.site + "_dw");
  change_graph(architecture, edit, [&](Architecture& changed) {
    Conv deep = *conv;
    deep.out = deep.groups = in;
    deep.bias = false;
    deep.norm = Norm::none;
    deep.act = Activation::identity;
    Conv point = *conv;
    point.kernel = point.stride = point.dilation = {1, 1};
    point.pad.reset();
    const std::size_t at = changed.index(edit.site);
    changed.nodes[at] = {edit.site, point, {depthwise}};
    changed.nodes.insert(changed.nodes.begin() + static_cast<std::ptrdiff_t>(at),
                         {depthwise, deep, node.inputs});
  });
  if (weights) approximate(*weights, edit.site, depthwise);
}

std::vector<Edit> sites(const Architecture& architecture, const SiteOptions& options) {
  std::vector<Edit> edits;
  if (static_cast<int>(architecture.nodes.size()) + 1 > options.max_nodes) return edits;
  const auto shapes = shapes_by_id(architecture);
  for (const Node& node : architecture.nodes) {
    // The depthwise layer is as wide as what it reads, which a concatenation may have made wide.
    if (shapes.at(node.inputs[0]).channels > options.max_channels) continue;
    Edit edit{.kind = "separate", .site = node.id};
    if (std::holds_alternative<Conv>(node.op) && applies(kSeparate, architecture, edit))
      edits.push_back(std::move(edit));
  }
  return edits;
}

std::optional<Edit> inverse(const Architecture&, const Edit&) { return std::nullopt; }

}  // namespace

const EditKind kSeparate{
    "separate", "a convolution becomes depthwise and pointwise", Effect::approximate, sites, apply,
    inverse};

}  // namespace lamarck::nn::detail
