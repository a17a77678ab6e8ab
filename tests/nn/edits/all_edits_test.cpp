// What every row of the table of edits promises, over many random networks and sites.
#include <map>
#include <string>

#include "nn/canonical.hpp"
#include "nn/edits/edit.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "tests/catch.hpp"
#include "tests/support/random_architecture.hpp"
#include "tests/support/random_model.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

namespace {

constexpr int kNetworks = 300;
constexpr std::size_t kSitesEach = 3;  // of every kind on every network

const SiteOptions kOptions{.channel_step = 2, .max_channels = 64, .max_nodes = 60};

// Calls `check` with many (network, edit) pairs of each kind; counts them.
template <class Check>
std::map<std::string, int> for_many_edits(const Check& check) {
  std::map<std::string, int> counts;
  for (int number = 0; number < kNetworks; ++number) {
    Random random{static_cast<std::uint64_t>(number), "edits"};
    const Architecture architecture = random_architecture(random, {.genes = true});
    for (const EditKind& kind : edit_kinds()) {
      const auto sites = kind.sites(architecture, kOptions);
      for (std::size_t i = 0; i < std::min(kSitesEach, sites.size()); ++i) {
        Edit edit = sites[random.below(sites.size())];
        edit.seed = random.bits32();
        INFO("network " << number << ": " << to_text(edit) << "\n" << to_yaml(architecture));
        ++counts[std::string{kind.name}];
        check(architecture, kind, edit);
      }
    }
  }
  return counts;
}

}  // namespace

TEST_CASE("every edit gives a valid network and the same one with weights as without", "[edits]") {
  const auto counts =
      for_many_edits([](const Architecture& architecture, const EditKind& kind, const Edit& edit) {
        const Architecture alone = apply(architecture, edit);
        REQUIRE_FALSE(find_fault(alone));
        CHECK(static_cast<int>(alone.nodes.size()) <= kOptions.max_nodes);
        CHECK(alone != architecture);
        const Model model = scattered_model(architecture, 5);
        const Model edited = apply(model, edit);
        CHECK(edited.architecture == alone);
        const auto fault = find_fault(edited);
        INFO(fault.value_or(""));
        REQUIRE_FALSE(fault);
        CHECK(apply(model, edit) == edited);  // deterministic
        static_cast<void>(kind);
      });
  // The promise is not an empty one: each kind was there many times.
  for (const EditKind& kind : edit_kinds()) {
    INFO(kind.name);
    CHECK(counts.count(std::string{kind.name}) == 1);
    CHECK(counts.at(std::string{kind.name}) >= 50);
  }
}

TEST_CASE("edits that are said to be equal keep the function", "[edits]") {
  for_many_edits([](const Architecture& architecture, const EditKind& kind, const Edit& edit) {
    if (kind.effect != Effect::equal) return;
    const Model model = scattered_model(architecture, 7);
    const Model edited = apply(model, edit);
    CHECK(relative_difference(outputs(model, 1), outputs(edited, 1)) < 1e-5);
  });
}

TEST_CASE("widening with noise keeps the function too", "[edits]") {
  for_many_edits([](const Architecture& architecture, const EditKind& kind, const Edit& edit) {
    if (kind.name != "widen") return;
    const Model model = scattered_model(architecture, 7);
    Edit noisy = edit;
    noisy.args["noise"] = "0.3";
    CHECK(relative_difference(outputs(model, 1), outputs(apply(model, noisy), 1)) < 1e-5);
  });
}

TEST_CASE("an inverse gives the architecture back", "[edits]") {
  std::map<std::string, int> inverted;
  for_many_edits([&](const Architecture& architecture, const EditKind& kind, const Edit& edit) {
    const auto back = kind.inverse(architecture, edit);
    if (!back) return;
    ++inverted[std::string{kind.name}];
    INFO(to_text(*back));
    CHECK(apply(apply(architecture, edit), *back) == architecture);
  });
  for (const char* kind : {"widen", "narrow", "insert_conv", "insert_residual", "grow_kernel",
                           "add_skip", "change_activation", "train_genes"}) {
    INFO(kind);
    CHECK(inverted[kind] >= 30);
  }
}

TEST_CASE("narrowing what was just widened gives the function back", "[edits]") {
  for_many_edits([](const Architecture& architecture, const EditKind& kind, const Edit& edit) {
    if (kind.name != "insert_conv" && kind.name != "insert_residual" &&
        kind.name != "grow_kernel" && kind.name != "add_skip")
      return;
    const Model model = scattered_model(architecture, 3);
    const auto back = kind.inverse(architecture, edit);
    if (!back) return;
    const Model returned = apply(apply(model, edit), *back);
    CHECK(relative_difference(outputs(model, 2), outputs(returned, 2)) < 1e-5);
  });
}

TEST_CASE("an edit that does not apply leaves everything as it was", "[edits]") {
  Random random{1, "refusals"};
  const Architecture architecture = random_architecture(random, {});
  const Model model = scattered_model(architecture, 1);
  for (const EditKind& kind : edit_kinds())
    for (const char* site : {"nowhere", "input"}) {
      Model copy = model;
      INFO(kind.name << " " << site);
      CHECK_THROWS_AS(kind.apply(copy.architecture, &copy.weights,
                                 {.kind = std::string{kind.name}, .site = site}),
                      std::invalid_argument);
      CHECK(copy == model);
    }
  CHECK_THROWS_AS(edit_kind("widne"), std::invalid_argument);
}

TEST_CASE("sites are the same every time and their seeds are open", "[edits]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Random random{seed, "sites"};
    const Architecture architecture = random_architecture(random, {});
    for (const EditKind& kind : edit_kinds()) {
      const auto sites = kind.sites(architecture, kOptions);
      CHECK(sites == kind.sites(architecture, kOptions));
      for (const Edit& edit : sites) CHECK(edit.seed == 0);
    }
  }
}

TEST_CASE("long chains of edits stay valid and trainable in shape", "[edits]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Random random{seed, "walk"};
    Model model = scattered_model(random_architecture(random, {}), seed);
    for (int step = 0; step < 15; ++step) {
      const auto& kind = edit_kinds()[random.below(edit_kinds().size())];
      const auto sites = kind.sites(model.architecture, kOptions);
      if (sites.empty()) continue;
      Edit edit = sites[random.below(sites.size())];
      edit.seed = random.bits32();
      INFO(to_text(edit) << "\n" << to_yaml(model.architecture));
      model = apply(model, edit);
      REQUIRE_FALSE(find_fault(model));
    }
  }
}
