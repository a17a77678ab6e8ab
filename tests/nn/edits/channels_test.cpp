// The channel dependency graph on networks small enough to solve by hand.
#include "nn/edits/channels.hpp"

#include <algorithm>
#include <numeric>

#include "tests/catch.hpp"
#include "tests/support/edited.hpp"
#include "tests/support/random_architecture.hpp"
#include "tests/support/random_model.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

namespace {

bool reads(const ChannelGroup& group, const std::string& node, int offset, int repeat) {
  return std::any_of(group.readers.begin(), group.readers.end(), [&](const ChannelUse& use) {
    return use.node == node && use.offset == offset && use.repeat == repeat;
  });
}

bool carries(const ChannelGroup& group, const std::string& node) {
  return std::any_of(group.carriers.begin(), group.carriers.end(),
                     [&](const ChannelUse& use) { return use.node == node; });
}

}  // namespace

TEST_CASE("what a residual add joins changes together", "[channels]") {
  const auto a = parse(
      "  - {id: stem, conv: {out: 4}, norm: batch, act: relu}\n"
      "  - {id: a1, conv: {out: 6}, act: relu}\n"
      "  - {id: a2, conv: {out: 4}}\n"
      "  - {id: sum, add: [stem, a2], act: relu}\n"
      "  - {id: pool, global_avg_pool: {}}\n"
      "  - {id: logits, dense: {out: 3}}\n");
  const auto group = group_made_by(a, "a2");
  REQUIRE(group);
  CHECK(group->channels == 4);
  CHECK(group->makers == std::vector<std::string>{"stem", "a2"});
  CHECK(reads(*group, "a1", 0, 1));
  CHECK(reads(*group, "logits", 0, 1));
  CHECK_FALSE(group->fixed);
  CHECK(group_made_by(a, "a1")->makers == std::vector<std::string>{"a1"});
  CHECK(group_made_by(a, "logits")->fixed);
  CHECK_FALSE(group_made_by(a, "sum"));
}

TEST_CASE("a skip from the input fixes the channels", "[channels]") {
  const auto a = parse(
      "  - {id: c, conv: {out: 2}}\n  - {id: sum, add: [input, c]}\n"
      "  - {id: pool, global_avg_pool: {}}\n  - {id: logits, dense: {out: 3}}\n");
  CHECK(group_made_by(a, "c")->fixed);
}

TEST_CASE("concatenation shifts and flatten repeats", "[channels]") {
  const auto a = parse(
      "  - {id: c, conv: {out: 3}}\n  - {id: d, conv: {out: 5}, from: input}\n  - {id: both, "
      "concat: [c, d]}\n"
      "  - {id: pool, max_pool: {kernel: 2}}\n  - {id: flat, flatten: {}}\n  - {id: logits, dense: "
      "{out: 3}}\n");
  CHECK(reads(*group_made_by(a, "c"), "logits", 0, 16));
  CHECK(reads(*group_made_by(a, "d"), "logits", 3 * 16, 16));
}

TEST_CASE("depthwise layers and norms and gates carry channels", "[channels]") {
  const auto a = parse(
      "  - {id: c, conv: {out: 4}}\n  - {id: deep, conv: {out: 4, groups: 4}, norm: batch}\n"
      "  - {id: squeeze, global_avg_pool: {}}\n  - {id: s1, dense: {out: 2}, act: relu}\n  - {id: "
      "s2, dense: {out: 4}, act: sigmoid}\n"
      "  - {id: gated, scale: {}, from: [deep, s2]}\n  - {id: pool, global_avg_pool: {}}\n  - {id: "
      "logits, dense: {out: 3}}\n");
  const auto group = group_made_by(a, "c");
  CHECK(carries(*group, "deep"));
  CHECK(group->makers == std::vector<std::string>{"c", "s2"});
  CHECK(reads(*group, "s1", 0, 1));
}

TEST_CASE("grouped convolutions ask for a multiple", "[channels]") {
  const auto a = parse(
      "  - {id: c, conv: {out: 6}}\n  - {id: g, conv: {out: 9, groups: 3}}\n"
      "  - {id: pool, global_avg_pool: {}}\n  - {id: logits, dense: {out: 3}}\n");
  CHECK(group_made_by(a, "c")->multiple == 3);
  CHECK(group_made_by(a, "g")->multiple == 3);
}

TEST_CASE("a permutation of a group's channels keeps the function", "[channels]") {
  int permuted = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    Random random{seed, "permute"};
    const Model model = scattered_model(random_architecture(random, {}), seed);
    for (const ChannelGroup& group : channel_groups(model.architecture)) {
      if (group.fixed || group.makers.empty()) continue;
      // Within each convolution group.
      const int block = group.channels / group.multiple;
      std::vector<int> source;
      for (int b = 0; b < group.multiple; ++b) {
        std::vector<int> order(static_cast<std::size_t>(block));
        std::iota(order.begin(), order.end(), b * block);
        random.shuffle(order);
        source.insert(source.end(), order.begin(), order.end());
      }
      Model changed = model;
      remap_channels(changed.architecture, &changed.weights, group, source,
                     std::vector<float>(source.size(), 1.0F));
      INFO("seed " << seed << " " << group.makers.front() << "\n" << to_yaml(model.architecture));
      REQUIRE_FALSE(find_fault(changed));
      CHECK(changed.architecture == model.architecture);
      CHECK(relative_difference(outputs(model, 1), outputs(changed, 1)) < 1e-5);
      ++permuted;
    }
  }
  CHECK(permuted > 300);
}

TEST_CASE("selections that make no sense are refused", "[channels]") {
  auto a = parse(
      "  - {id: c, conv: {out: 4}}\n  - {id: pool, global_avg_pool: {}}\n  - {id: logits, dense: "
      "{out: 3}}\n");
  const auto group = *group_made_by(a, "c");
  CHECK_THROWS_AS(remap_channels(a, nullptr, group, {}, {}), std::invalid_argument);
  CHECK_THROWS_AS(remap_channels(a, nullptr, group, {4}, {1}), std::invalid_argument);
  CHECK_THROWS_AS(remap_channels(a, nullptr, group, {0, 1}, {1}), std::invalid_argument);
  CHECK_THROWS_AS(remap_channels(a, nullptr, *group_made_by(a, "logits"), {0}, {1}),
                  std::invalid_argument);
}
