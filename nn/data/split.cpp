#include "nn/data/split.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "kernels/error.hpp"
#include "kernels/random.hpp"

namespace lamarck::nn {
namespace {

/// Indices by class; one group for numeric targets.
std::vector<std::vector<std::uint32_t>> groups(const Dataset& data) {
  std::vector<std::vector<std::uint32_t>> members(
      static_cast<std::size_t>(std::max(data.classes, 1)));
  for (std::uint32_t i = 0; i < data.size(); ++i)
    members[data.classes > 0 ? static_cast<std::size_t>(data.labels[i]) : 0].push_back(i);
  return members;
}

/// How many of each group to hold out: floors of the exact shares, then one more for the largest
/// remainders (the lower class first where they tie) until the sum is right.
std::vector<std::size_t> quotas(const std::vector<std::vector<std::uint32_t>>& members,
                                std::size_t wanted, std::size_t total) {
  std::vector<std::size_t> quota(members.size());
  std::vector<std::size_t> by_remainder(members.size());
  std::iota(by_remainder.begin(), by_remainder.end(), 0);
  for (std::size_t c = 0; c < members.size(); ++c) quota[c] = wanted * members[c].size() / total;
  const auto remainder = [&](std::size_t c) { return wanted * members[c].size() % total; };
  std::stable_sort(by_remainder.begin(), by_remainder.end(),
                   [&](std::size_t a, std::size_t b) { return remainder(a) > remainder(b); });
  std::size_t missing = wanted - std::accumulate(quota.begin(), quota.end(), std::size_t{0});
  for (std::size_t i = 0; i < missing; ++i) ++quota[by_remainder[i]];
  return quota;
}

void check_some_left(const Dataset& data, std::size_t validation) {
  if (validation >= data.size())
    throw ConfigError(fmt::format(
        "{}: cannot hold {} examples out for validation, there are {} and training needs some",
        data.name, validation, data.size()));
}

}  // namespace

Split stratified_split(const Dataset& data, std::size_t validation, std::uint64_t seed) {
  const std::size_t total = data.size();
  if (validation == 0) return whole(data);
  check_some_left(data, validation);
  auto members = groups(data);
  const auto quota = quotas(members, validation, total);
  Split split;
  for (std::size_t c = 0; c < members.size(); ++c) {
    auto& group = members[c];
    if (group.empty()) continue;
    if (quota[c] == 0 || quota[c] == group.size())
      throw ConfigError(fmt::format(
          "{}: holding {} of {} examples out would leave class {} ({} examples) with none in {}",
          data.name, validation, total, c, group.size(),
          quota[c] == 0 ? "validation" : "training"));
    Random random{seed, "split", c};
    random.shuffle(group);
    const auto cut = group.begin() + static_cast<std::ptrdiff_t>(quota[c]);
    split.validation.insert(split.validation.end(), group.begin(), cut);
    split.train.insert(split.train.end(), cut, group.end());
  }
  std::sort(split.train.begin(), split.train.end());
  std::sort(split.validation.begin(), split.validation.end());
  return split;
}

Split split_last(const Dataset& data, std::size_t validation) {
  check_some_left(data, validation);
  Split split = whole(data);
  const auto cut = split.train.end() - static_cast<std::ptrdiff_t>(validation);
  split.validation.assign(cut, split.train.end());
  split.train.erase(cut, split.train.end());
  return split;
}

Split whole(const Dataset& data) {
  Split split;
  split.train.resize(data.size());
  std::iota(split.train.begin(), split.train.end(), 0U);
  return split;
}

}  // namespace lamarck::nn
