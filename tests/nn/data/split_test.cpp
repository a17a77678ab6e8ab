#include "nn/data/split.hpp"

#include <algorithm>
#include <numeric>

#include "kernels/error.hpp"
#include "kernels/random.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::nn;

namespace {

Dataset labelled(const std::vector<std::size_t>& counts, std::uint64_t seed) {
  Dataset data;
  data.name = "test";
  data.classes = static_cast<int>(counts.size());
  for (std::size_t c = 0; c < counts.size(); ++c)
    data.labels.insert(data.labels.end(), counts[c], static_cast<int>(c));
  Random{seed, "order"}.shuffle(data.labels);
  return data;
}

std::vector<std::uint32_t> both(const Split& split) {
  std::vector<std::uint32_t> all = split.train;
  all.insert(all.end(), split.validation.begin(), split.validation.end());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

TEST_CASE("a split is disjoint complete exact in size and stratified", "[data]") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Random random{seed};
    std::vector<std::size_t> counts(2 + random.below(9));
    for (auto& count : counts) count = 20 + random.below(200);
    const Dataset data = labelled(counts, seed);
    const std::size_t wanted = data.size() / 4 + random.below(data.size() / 2);
    const Split split = stratified_split(data, wanted, seed);

    REQUIRE(split.validation.size() == wanted);
    REQUIRE(std::is_sorted(split.train.begin(), split.train.end()));
    REQUIRE(std::is_sorted(split.validation.begin(), split.validation.end()));
    REQUIRE(both(split) == whole(data).train);

    for (std::size_t c = 0; c < counts.size(); ++c) {
      const double share =
          1.0 * static_cast<double>(wanted * counts[c]) / static_cast<double>(data.size());
      const auto held =
          std::count_if(split.validation.begin(), split.validation.end(),
                        [&](auto i) { return data.labels[i] == static_cast<int>(c); });
      REQUIRE(std::abs(static_cast<double>(held) - share) < 1.0);
    }
  }
}

TEST_CASE("seeds decide a split and nothing else does", "[data]") {
  const Dataset data = labelled({50, 60, 70}, 1);
  const Split once = stratified_split(data, 40, 5);
  const Split again = stratified_split(data, 40, 5);
  const Split other = stratified_split(data, 40, 6);
  CHECK(once.validation == again.validation);
  CHECK(once.validation != other.validation);
}

TEST_CASE("largest remainders get what the floors leave over", "[data]") {
  // Shares of 7 in 10: 3.5, 2.1, 1.4 -> floors 3, 2, 1, and the one left over goes to the first.
  const Dataset data = labelled({5, 3, 2}, 0);
  const Split split = stratified_split(data, 7, 0);
  std::vector<int> held(3);
  for (const auto i : split.validation) ++held.at(static_cast<std::size_t>(data.labels[i]));
  CHECK(held == std::vector<int>{4, 2, 1});
}

TEST_CASE("every example is held out equally often over many seeds", "[data]") {
  const Dataset data = labelled({20, 20}, 0);
  std::vector<int> times(40);
  for (std::uint64_t seed = 0; seed < 2000; ++seed)
    for (const auto i : stratified_split(data, 10, seed).validation) ++times[i];
  for (const int count : times) CHECK(count == Approx(500).margin(100));
}

TEST_CASE("numeric targets split uniformly and holding nothing out trains on all", "[data]") {
  Dataset data;
  data.target_size = 2;
  data.targets.resize(200);
  const Split split = stratified_split(data, 30, 3);
  CHECK(split.validation.size() == 30);
  CHECK(both(split) == whole(data).train);
  CHECK(stratified_split(data, 0, 3).train == whole(data).train);
  CHECK(whole(data).validation.empty());
}

TEST_CASE("the last examples are held out where asked for", "[data]") {
  const Dataset data = labelled({6, 4}, 0);
  const Split split = split_last(data, 3);
  CHECK(split.train == std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6});
  CHECK(split.validation == std::vector<std::uint32_t>{7, 8, 9});
  CHECK_THROWS_AS(split_last(data, 10), ConfigError);
}

TEST_CASE("a data set that fits no split is refused with the numbers", "[data]") {
  const Dataset data = labelled({50, 2}, 0);
  using Catch::Contains;
  CHECK_THROWS_AS(stratified_split(data, 52, 0), ConfigError);
  CHECK_THROWS_WITH(stratified_split(data, 100, 0), Contains("100") && Contains("52"));
  CHECK_THROWS_WITH(stratified_split(data, 5, 0),
                    Contains("class 1") && Contains("2 examples") && Contains("validation"));
  CHECK_THROWS_WITH(stratified_split(data, 51, 0), Contains("none in training"));
  // A class without any example has nothing to hold out.
  CHECK(stratified_split(labelled({10, 0, 10}, 0), 4, 0).validation.size() == 4);
}
