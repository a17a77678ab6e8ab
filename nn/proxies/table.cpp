// The table of proxies, and the batch they are computed on.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "nn/proxies/detail/kinds.hpp"

namespace lamarck::nn {

std::span<const ProxyKind> proxy_kinds() {
  static constexpr std::array<ProxyKind, 6> kKinds{
      {{"naswot", "how well the units that fire tell images apart", detail::naswot},
       {"synflow", "the flow through all paths of positive weights", detail::synflow},
       {"snip", "by how much single weights sway the loss", detail::snip},
       {"grad_norm", "the length of the loss's gradient", detail::grad_norm},
       {"params", "the number of parameters", detail::params},
       {"macs", "the number of multiply-adds", detail::macs}}};
  return kKinds;
}

const ProxyKind& proxy_kind(std::string_view name) {
  const auto kinds = proxy_kinds();
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.name == name; });
  if (found == kinds.end()) throw std::invalid_argument(fmt::format("no proxy {}", name));
  return *found;
}

ProxyBatch proxy_batch(const TrainData& data, int size, std::uint64_t seed) {
  if (size < 1 || data.data == nullptr || data.train.empty())
    throw std::invalid_argument("proxy batch: a size of at least 1 and training data are needed");
  const Dataset& set = *data.data;
  ProxyBatch batch{
      .size = static_cast<int>(std::min(static_cast<std::size_t>(size), data.train.size())),
      .classes = set.classes,
      .images = {},
      .labels = {},
      .targets = {}};
  const auto examples = static_cast<std::size_t>(batch.size);
  batch.images.resize(examples * static_cast<std::size_t>(set.shape.elements()));
  if (set.classes > 0)
    batch.labels.resize(examples);
  else
    batch.targets.resize(examples * static_cast<std::size_t>(set.target_size));
  Batches{set, data.train, data.normalisation, {}, batch.size, seed}.training(
      0, 0, batch.images, batch.labels, batch.targets);
  return batch;
}

}  // namespace lamarck::nn
