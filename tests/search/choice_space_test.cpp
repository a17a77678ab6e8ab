// The operators of the choice space.
#include "search/choice_space.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "kernels/error.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::search;
using Catch::Contains;

namespace {

const std::vector<std::string> kBlocks{"0", "1", "2"};

Slots plain(std::size_t count = 8) { return Slots{{{"s", count, kBlocks}}}; }
Slots commuting() { return Slots{{{"a", 1, kBlocks}, {"b", 4, kBlocks, "0"}}}; }

std::size_t distance(const std::string& a, const std::string& b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] != b[i];
  return count;
}

// Every candidate with an arrangement that differs in one slot from one of `text`, by brute force.
std::set<std::string> one_step_away(const Slots& slots, const std::string& text) {
  std::vector<std::string> all{""};
  for (std::size_t slot = 0; slot < slots.count(); ++slot) {
    std::vector<std::string> longer;
    for (const auto& one : all)
      for (const auto& option : slots.options(slot)) longer.push_back(one + option);
    all = longer;
  }
  std::set<std::string> near;
  for (const auto& from : all) {
    if (slots.key(from) != slots.key(text)) continue;
    for (const auto& to : all)
      if (distance(from, to) == 1 && slots.key(to) != slots.key(text)) near.insert(slots.key(to));
  }
  return near;
}

}  // namespace

TEST_CASE("where few of the fillings are candidates they are found all the same",
          "[choice_space]") {
  // A table of 30 rows in a space of 3^20.
  const Slots slots{{{"s", 20, kBlocks}}};
  std::set<Genome> rows;
  for (Random random{4}; rows.size() < 30;) {
    std::string text;
    for (int i = 0; i < 20; ++i) text += kBlocks[random.below(3)];
    rows.insert({text});
  }
  ChoiceSpaceOptions options;
  options.listed = {rows.begin(), rows.end()};
  options.costs = [rows](const std::string& key) -> std::optional<Metrics> {
    if (!rows.contains(Genome{key})) return std::nullopt;
    return Metrics{{"macs", 5}};
  };
  const auto space = make_choice_space(slots, options);
  CHECK(space->size() == 30);
  CHECK(space->starts() == std::vector<Genome>{*rows.begin()});
  std::set<Genome> numbered, drawn;
  for (std::uint64_t i = 0; i < 30; ++i) numbered.insert(*space->nth(i));
  CHECK(numbered == rows);
  CHECK_FALSE(space->nth(30));
  Random random{1};
  for (int i = 0; i < 1000; ++i) drawn.insert(space->random(random).genome);
  CHECK(drawn == rows);

  options.limits = {{.metric = "macs", .most = 4}};
  CHECK_THROWS_WITH(make_choice_space(slots, options),
                    Contains("none of the 30 candidates") && Contains("above the limit of 4"));
}

TEST_CASE("candidates beyond counting have no numbers", "[choice_space]") {
  const auto space = make_choice_space(Slots{{{"s", 40, kBlocks}}});  // 3^40 > 2^53
  CHECK(space->size() > 1e19);
  CHECK_FALSE(space->nth(0));
}

TEST_CASE("a mutation changes one slot and says which", "[choice_space]") {
  const auto space = make_choice_space(plain());
  Random random{1};
  std::map<std::string, int> edits;
  const Genome parent{"00120120"};
  for (int i = 0; i < 3200; ++i) {
    const auto child = space->mutate(parent, random);
    REQUIRE(child);
    CHECK(distance(child->genome.text, parent.text) == 1);
    REQUIRE(child->edits.size() == 1);
    ++edits[child->edits.front()];
  }
  CHECK(edits.size() == 16);  // 8 slots, 2 other options each
  CHECK(edits.count("s[2]: 1 to 0") == 1);
  for (const auto& [edit, count] : edits) CHECK(count == Approx(200).margin(60));
}

TEST_CASE("neighbours and mutations reach what one slot can change in any arrangement",
          "[choice_space]") {
  const Slots slots = commuting();
  const auto space = make_choice_space(slots);
  Random random{2};
  for (const std::string text : {"00000", "11000", "02100", "01210", "22222", "11111"}) {
    INFO(text);
    const auto expected = one_step_away(slots, text);
    std::set<std::string> neighbours;
    for (const auto& one : space->neighbours({text})) {
      CHECK(neighbours.insert(one.genome.text).second);  // each once
      CHECK(space->key(one.genome) == one.genome.text);
    }
    CHECK(neighbours == expected);
    std::set<std::string> mutations;
    for (int i = 0; i < 2000; ++i) mutations.insert(space->mutate({text}, random)->genome.text);
    mutations.erase(slots.key(text));
    CHECK(mutations == expected);
  }
}

TEST_CASE("crossover takes every slot from a parent and equals neither", "[choice_space]") {
  const auto crossing = GENERATE(Crossing::uniform, Crossing::one_point, Crossing::two_point);
  const auto space = make_choice_space(plain(), {.crossing = crossing});
  const Genome a{"00000000"};
  const Genome b{"12111110"};
  Random random{3};
  std::set<std::string> children;
  std::size_t most_switches = 0;
  for (int i = 0; i < 3000; ++i) {
    const auto child = space->crossover(a, b, random);
    REQUIRE(child);
    const std::string& text = child->genome.text;
    for (std::size_t s = 0; s < 8; ++s) CHECK((text[s] == a.text[s] || text[s] == b.text[s]));
    CHECK(text != a.text);
    CHECK(text != b.text);
    std::size_t switches = 0;
    for (std::size_t s = 1; s < 7; ++s) switches += (text[s] == '0') != (text[s - 1] == '0');
    most_switches = std::max(most_switches, switches);
    children.insert(text);
  }
  // Of 7 slots that differ: all mixtures; cuts in 6 places, in both roles or one; pairs of cuts.
  if (crossing == Crossing::uniform) CHECK(children.size() == 126);
  if (crossing == Crossing::one_point) {
    CHECK(children.size() == 6);
    CHECK(most_switches == 1);
  }
  if (crossing == Crossing::two_point) {
    CHECK(most_switches == 2);
    CHECK(children.size() == 42);  // 21 segments and their complements
  }
  CHECK_FALSE(space->crossover(a, a, random));
  CHECK_FALSE(space->crossover(a, {"00100000"}, random));  // a child would equal a parent
}

TEST_CASE("random samples fill all slots alike", "[choice_space]") {
  const auto space = make_choice_space(plain(2));
  Random random{4};
  std::map<std::string, int> counts;
  for (int i = 0; i < 9000; ++i) ++counts[space->random(random).genome.text];
  CHECK(counts.size() == 9);
  for (const auto& [text, count] : counts) CHECK(count == Approx(1000).margin(150));
}

TEST_CASE("starts are the first options unless they are named", "[choice_space]") {
  CHECK(make_choice_space(plain())->starts() == std::vector<Genome>{{"00000000"}});
  const auto space = make_choice_space(
      commuting(), {.starts = {{0, 0, 0, 1, 0}, {0, 1, 0, 0, 0}, {2, 2, 2, 2, 2}}});
  CHECK(space->starts() == std::vector<Genome>{{"01000"}, {"22222"}});  // equal ones once
  CHECK_THROWS_AS(make_choice_space(plain(), {.starts = {{0, 1}}}), ConfigError);
  CHECK_THROWS_AS(make_choice_space(plain(2), {.starts = {{0, 3}}}), ConfigError);
}

TEST_CASE("a space of one genome has it and nothing else", "[choice_space]") {
  const auto space = make_choice_space(Slots{{{"s", 3, {"x"}}}});
  Random random{5};
  CHECK(space->size() == 1.0);
  CHECK(space->random(random).genome == Genome{"xxx"});
  CHECK_FALSE(space->mutate({"xxx"}, random));
  CHECK_FALSE(space->crossover({"xxx"}, {"xxx"}, random));
  CHECK(space->neighbours({"xxx"}).empty());
  CHECK(space->nth(0) == Genome{"xxx"});
  CHECK_FALSE(space->nth(1));
}

TEST_CASE("limits name what is broken, and where no candidate keeps them that is found at once",
          "[choice_space]") {
  const auto ones = [](const std::string& key) -> std::optional<Metrics> {
    return Metrics{{"ones", static_cast<double>(std::count(key.begin(), key.end(), '1'))}};
  };
  const auto space = make_choice_space(plain(4), {.limits = {{"ones", 1.0, 2.0}}, .costs = ones});
  CHECK_FALSE(space->violation({"0110"}));
  CHECK_THAT(*space->violation({"0111"}), Contains("ones 3 above the limit of 2"));
  CHECK_THAT(*space->violation({"0000"}), Contains("ones 0 below the limit of 1"));
  CHECK(space->costs({"0111"}).at("ones") == 3);
  CHECK_THROWS_WITH(
      make_choice_space(plain(4), {.limits = {{"ones", 5.0, {}}}, .costs = ones}),
      Contains("none of the 81 candidates") && Contains("ones") && Contains("limit of 5"));
  CHECK_THROWS_WITH(make_choice_space(plain(40), {.limits = {{"ones", 41.0, {}}}, .costs = ones}),
                    Contains("random candidates") && Contains("limit of 41"));
  CHECK_THROWS_WITH(make_choice_space(plain(4), {.limits = {{"macs", 5.0, {}}}}), Contains("macs"));
}

TEST_CASE("candidates that do not exist violate", "[choice_space]") {
  const auto space =
      make_choice_space(plain(2), {.costs = [](const std::string& key) -> std::optional<Metrics> {
                          if (key == "01") return std::nullopt;
                          return Metrics{};
                        }});
  CHECK(space->violation({"01"}));
  CHECK_FALSE(space->violation({"10"}));
  CHECK_THROWS_AS(
      make_choice_space(plain(2), {.costs = [](const std::string&) { return std::nullopt; }}),
      ConfigError);
}
