// Asking a space for something new: bounded, never what is known, never beyond a limit.
#include "search/methods/attempts.hpp"

#include "tests/catch.hpp"
#include "tests/support/searching.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

History holding(const std::vector<std::string>& genomes) {
  History history;
  for (const auto& text : genomes)
    history.add({.id = history.size(), .genome = {text}, .key = text, .origin = ""});
  return history;
}

View all(const History& history) { return {history, history.size(), 0}; }

}  // namespace

TEST_CASE("draws end after so many attempts", "[attempts]") {
  const BitSpace space{4};
  const History history = holding({"0000"});
  int draws = 0;
  CHECK_FALSE(first_new(space, all(history), [&]() -> std::optional<Variation> {
    if (++draws % 2 == 0) return std::nullopt;
    return Variation{.genome = {"0000"}};
  }));
  CHECK(draws == kAttempts);
}

TEST_CASE("starts are given once and not where they break a limit", "[attempts]") {
  const BitSpace space{4};
  const History nothing;
  const auto start = new_start(space, all(nothing));
  REQUIRE(start);
  CHECK(start->origin == "start");
  CHECK(start->variation.genome.text == "0000");
  const History begun = holding({"0000"});
  CHECK_FALSE(new_start(space, all(begun)));
  CHECK(new_start(space, View{begun, 0, 0}));  // it has not been proposed at this view
}

TEST_CASE("mutations in a row name every edit", "[attempts]") {
  const BitSpace space{30};
  Random random{1};
  const auto child = mutated(space, {std::string(30, '0')}, 3, random);
  REQUIRE(child);
  CHECK(child->edits.size() == 3);
  std::string text(30, '0');
  for (const auto& edit : child->edits) {
    char& bit = text[std::stoul(edit.substr(5))];
    bit = bit == '0' ? '1' : '0';
  }
  CHECK(child->genome.text == text);
}

TEST_CASE("where every neighbour is known mutants are two edits away", "[attempts]") {
  const BitSpace space{4};
  const History history = holding({"0000", "1000", "0100", "0010", "0001"});
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random{seed};
    const auto mutant = new_mutant(space, all(history), random, [] { return 0; });
    REQUIRE(mutant);
    CHECK(mutant->origin == "mutate");
    CHECK(mutant->variation.edits.size() == 2);
    CHECK(mutant->variation.parents == std::vector<std::size_t>{0});
    CHECK(BitSpace::ones(mutant->variation.genome) == 2);
  }
}

TEST_CASE("samples use a small space up and say so", "[attempts]") {
  const BitSpace space{7, 5};
  History history;
  Random random{3};
  while (auto sample = new_sample(space, all(history), random)) {
    const Genome& genome = sample->variation.genome;
    CHECK(BitSpace::ones(genome) <= 5);
    CHECK_FALSE(history.find(genome.text));
    history.add({.id = history.size(), .genome = genome, .key = genome.text, .origin = ""});
  }
  CHECK(history.size() == 128 - 7 - 1);  // six and seven ones are beyond the limit
  CHECK(used_up(space).find("all 128 candidates") != std::string::npos);
}
