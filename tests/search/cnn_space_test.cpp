#include "search/cnn_space.hpp"

#include <cmath>

#include "kernels/error.hpp"
#include "nn/blocks.hpp"
#include "nn/canonical.hpp"
#include "nn/costs.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::search;

namespace {

CnnSpaceOptions options() {
  CnnSpaceOptions options;
  options.starts = {nn::built_in("tiny-plain", {1, 16, 16}, 5),
                    nn::built_in("small-residual", {1, 16, 16}, 5)};
  for (const auto& kind : nn::edit_kinds()) options.edits[std::string{kind.name}] = 1;
  return options;
}

}  // namespace

TEST_CASE("mutations are one allowed edit away and their text leads there", "[space]") {
  const auto space = make_cnn_space(options());
  Random random{1};
  for (const Genome& start : space->starts()) {
    Genome genome = start;
    for (int i = 0; i < 30; ++i) {
      const auto child = space->mutate(genome, random);
      REQUIRE(child);
      REQUIRE(child->edits.size() == 1);
      const auto parent = nn::architecture_from_yaml(genome.text);
      CHECK(nn::to_yaml(nn::apply(parent, nn::edit_from_text(child->edits[0]))) ==
            child->genome.text);
      genome = child->genome;
    }
  }
}

TEST_CASE("only edits that were allowed are used", "[space]") {
  CnnSpaceOptions few = options();
  few.edits = {{"widen", 1}, {"narrow", 1}};
  const auto space = make_cnn_space(few);
  Random random{2};
  for (int i = 0; i < 40; ++i) {
    const std::string edit = space->mutate(space->starts()[1], random)->edits.at(0);
    CHECK((edit.rfind("widen ", 0) == 0 || edit.rfind("narrow ", 0) == 0));
  }
  for (const auto& neighbour : space->neighbours(space->starts()[0]))
    CHECK((neighbour.edits.at(0).rfind("widen ", 0) == 0 ||
           neighbour.edits.at(0).rfind("narrow ", 0) == 0));
}

TEST_CASE("limits are told with the figure that breaks them", "[space]") {
  CnnSpaceOptions limited = options();
  const Genome start{nn::to_yaml(limited.starts[1])};
  const double macs = static_cast<double>(nn::costs(limited.starts[1]).macs);
  limited.limits.macs = macs - 1;
  const auto space = make_cnn_space(limited);
  CHECK(space->starts().size() == 1);  // the larger start is left out
  REQUIRE(space->violation(start));
  CHECK(space->violation(start)->find("macs") != std::string::npos);
  CHECK(space->costs(start).at("macs") == macs);
  Random random{3};
  int beyond = 0;
  for (int i = 0; i < 50; ++i)
    beyond += space->violation(space->mutate(space->starts()[0], random)->genome).has_value();
  CHECK(beyond < 5);  // mutations keep within the limits where they can
}

TEST_CASE("names do not make networks differ but genes do", "[space]") {
  const auto space = make_cnn_space(options());
  nn::Architecture a = options().starts[0];
  nn::Architecture renamed = a;
  for (auto& node : renamed.nodes) {
    node.id += "x";
    for (auto& input : node.inputs)
      if (input != nn::kInput) input += "x";
  }
  CHECK(space->key({nn::to_yaml(a)}) == space->key({nn::to_yaml(renamed)}));
  renamed.genes.rate = 2;
  CHECK(space->key({nn::to_yaml(a)}) != space->key({nn::to_yaml(renamed)}));
}

TEST_CASE("crossover joins two genomes of the space", "[space]") {
  const auto space = make_cnn_space(options());
  Random random{4};
  const auto child = space->crossover(space->starts()[0], space->starts()[1], random);
  if (child) CHECK_FALSE(nn::find_fault(nn::architecture_from_yaml(child->genome.text)));
  const auto self = space->crossover(space->starts()[1], space->starts()[1], random);
  REQUIRE(self);
  CHECK(self->edits.at(0).rfind("crossover ", 0) == 0);
}

TEST_CASE("a space that makes no sense is refused", "[space]") {
  CnnSpaceOptions bad = options();
  bad.starts.clear();
  CHECK_THROWS_AS(make_cnn_space(bad), ConfigError);
  bad = options();
  bad.edits = {{"widne", 1}};
  CHECK_THROWS_AS(make_cnn_space(bad), ConfigError);
  bad = options();
  bad.edits = {{"widen", 0}};
  CHECK_THROWS_AS(make_cnn_space(bad), ConfigError);
  bad = options();
  bad.limits.params = 3;
  CHECK_THROWS_AS(make_cnn_space(bad), ConfigError);
}

TEST_CASE("features are as many for all, equal for equal networks, and tell others apart",
          "[space]") {
  const auto space = make_cnn_space(options());
  Random random{6};
  const std::size_t count = space->features(space->starts()[0]).size();
  CHECK(count > 10);
  int told_apart = 0;
  for (const Genome& start : space->starts()) {
    Genome genome = start;
    for (int i = 0; i < 40; ++i) {
      const Genome before = genome;
      genome = space->mutate(genome, random)->genome;
      const auto features = space->features(genome);
      REQUIRE(features.size() == count);
      for (const double feature : features) CHECK(std::isfinite(feature));
      nn::Architecture renamed = nn::architecture_from_yaml(genome.text);
      for (auto& node : renamed.nodes) {
        node.id += "x";
        for (auto& input : node.inputs)
          if (input != nn::kInput) input += "x";
      }
      CHECK(space->features({nn::to_yaml(renamed)}) == features);
      told_apart += features != space->features(before);
    }
  }
  CHECK(told_apart > 70);
}
