// What genomes mean: texts, canonical forms, counting.
#include "search/slots.hpp"

#include <map>
#include <set>

#include "kernels/error.hpp"
#include "kernels/random.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::search;
using Catch::Contains;

namespace {

Slots macro_slots() {
  const std::vector<std::string> blocks{"0", "1", "2"};
  return Slots{{{"a", 2, blocks},
                {"b0", 1, blocks},
                {"b", 2, blocks, "0"},
                {"c0", 1, blocks},
                {"c", 2, blocks, "0"}}};
}

// Every way to fill the slots, by counting up.
std::vector<Choices> all_fillings(const Slots& slots) {
  std::vector<Choices> all;
  Choices choices(slots.count(), 0);
  while (true) {
    all.push_back(choices);
    std::size_t slot = slots.count();
    while (slot > 0 && ++choices[slot - 1] == slots.options(slot - 1).size()) choices[--slot] = 0;
    if (slot == 0) return all;
  }
}

}  // namespace

TEST_CASE("texts of one-character options have no separator and others a comma", "[slots]") {
  const Slots letters{{{"x", 3, {"a", "b"}}}};
  CHECK(letters.text({0, 1, 1}) == "abb");
  CHECK(letters.parse("abb") == Choices{0, 1, 1});
  const Slots words{{{"width", 1, {"8", "16"}}, {"act", 1, {"relu", "silu"}}}};
  CHECK(words.text({1, 0}) == "16,relu");
  CHECK(words.parse("16,relu") == Choices{1, 0});
  const Slots bars{{{"op", 2, {"skip", "conv,3"}}}, "|"};
  CHECK(bars.text({1, 0}) == "conv,3|skip");
  CHECK(bars.parse("conv,3|skip") == Choices{1, 0});
  CHECK(bars.name(1) == "op[1]");
  CHECK(words.name(1) == "act");
}

TEST_CASE("a genome of other slots is refused with the slot and a suggestion", "[slots]") {
  const Slots slots{{{"width", 1, {"8", "16"}}, {"act", 1, {"relu", "silu"}}}};
  CHECK_THROWS_WITH(slots.parse("16"), Contains("1 options where there are 2 slots"));
  CHECK_THROWS_WITH(slots.parse("16,relu,8"), Contains("3 options"));
  CHECK_THROWS_WITH(slots.parse("16,reluu"),
                    Contains("act") && Contains("reluu") && Contains("did you mean relu"));
  CHECK_THROWS_AS(slots.parse(""), ConfigError);
  CHECK_THROWS_AS(macro_slots().parse("0123"), ConfigError);
}

TEST_CASE("slots that mean nothing are refused", "[slots]") {
  const auto made = [](std::vector<SlotGroup> groups, std::optional<std::string> separator = {}) {
    return Slots{std::move(groups), std::move(separator)};
  };
  CHECK_THROWS_WITH(made({}), Contains("at least one slot"));
  CHECK_THROWS_WITH(made({{"a", 2, {}}}), Contains("group a") && Contains("no options"));
  CHECK_THROWS_WITH(made({{"a", 0, {"0"}}}), Contains("at least one slot"));
  CHECK_THROWS_WITH(made({{"a", 1, {"0", "0"}}}), Contains("stands twice"));
  CHECK_THROWS_WITH(made({{"a", 1, {"0", ""}}}), Contains("empty"));
  CHECK_THROWS_WITH(made({{"a", 1, {"x,y", "z"}}}), Contains("separator"));
  CHECK_THROWS_WITH(made({{"a", 1, {"long", "z"}}}, ""), Contains("separator"));
  CHECK_THROWS_WITH(made({{"a", 1, {"0"}, "1"}}), Contains("identity 1"));
  CHECK_THROWS_WITH(made({{"a", 1, {"0"}}, {"a", 1, {"0"}}}), Contains("two groups"));
}

TEST_CASE("identities commute within their group only", "[slots]") {
  const Slots slots = macro_slots();
  CHECK(slots.key("00001001") == "00010010");
  CHECK(slots.key("00010010") == "00010010");
  CHECK(slots.key("01001002") == "01010020");  // not across groups, nor with b0 and c0
  CHECK(slots.key("00012021") == "00012021");  // others keep their order
  CHECK(slots.key("00021012") == "00021012");
  CHECK(slots.key("00000100") == "00000100");
}

TEST_CASE("a group in any order is a multiset", "[slots]") {
  const Slots slots{{{"set", 3, {"a", "b", "c"}, {}, true}, {"one", 1, {"a", "b"}}}};
  CHECK(slots.key("cabb") == "abcb");
  CHECK(slots.key("baca") == "abca");
  CHECK(slots.size() == 20);
}

TEST_CASE("candidates are counted and numbered as many as there are canonical texts", "[slots]") {
  CHECK(macro_slots().size() == 3969);
  const std::vector<Slots> spaces{
      macro_slots(), Slots{{{"x", 4, {"a", "b", "c"}, "b"}, {"y", 1, {"p", "q"}}}},
      Slots{{{"x", 4, {"a", "b", "c"}, {}, true}, {"y", 2, {"p", "q"}, "q", true}}},
      Slots{{{"x", 3, {"only"}}}}, Slots{{{"x", 3, {"only"}, "only"}}}};
  for (const Slots& slots : spaces) {
    std::set<std::string> distinct;
    for (const Choices& choices : all_fillings(slots))
      distinct.insert(slots.text(slots.canonical(choices)));
    CHECK(slots.size() == static_cast<double>(distinct.size()));
    std::set<std::string> numbered;
    for (std::uint64_t i = 0; i < distinct.size(); ++i) {
      const std::string text = slots.text(slots.nth(i));
      CHECK(slots.key(text) == text);
      numbered.insert(text);
    }
    CHECK(numbered == distinct);
    CHECK_THROWS_AS(slots.nth(distinct.size()), std::invalid_argument);
  }
}

TEST_CASE("canonical forms are stable and equal for every arrangement of identities", "[slots]") {
  const Slots slots{{{"x", 6, {"0", "1", "2"}, "0"}}};
  Random random{7};
  for (int i = 0; i < 200; ++i) {
    Choices others(random.below(7));
    for (auto& o : others) o = 1 + random.below(2);
    std::set<std::string> keys;
    for (int j = 0; j < 5; ++j) {
      Choices choices = others;
      while (choices.size() < 6)
        choices.insert(
            choices.begin() + static_cast<std::ptrdiff_t>(random.below(choices.size() + 1)), 0);
      keys.insert(slots.text(slots.canonical(choices)));
      CHECK(slots.canonical(slots.canonical(choices)) == slots.canonical(choices));
    }
    CHECK(keys.size() == 1);
  }
}

TEST_CASE("large spaces are counted without being walked", "[slots]") {
  const Slots slots{{{"x", 100, {"0", "1", "2", "3"}}}};
  CHECK(slots.size() == Approx(1.6069380442589903e60));
  CHECK_THROWS_AS(slots.nth(0), std::invalid_argument);  // too many to number
}
