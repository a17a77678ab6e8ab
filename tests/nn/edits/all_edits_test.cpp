// What every row of the table of edits promises, over many random networks and sites.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

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
constexpr std::size_t kSitesEach = 2;  // of every kind on every network

// A random network, with any step of widths.
struct Sample {
  Model model;
  SiteOptions options;
};
Sample sample(int number) {
  Random random{static_cast<std::uint64_t>(number), "edits"};
  Architecture architecture = random_architecture(random, {.genes = true});
  return {scattered_model(architecture, static_cast<std::uint64_t>(number)),
          {.channel_step = 1 + number % 3, .max_channels = 20, .max_nodes = 30}};
}

// Calls `check` with edits of every kind at random sites of a network; counts them.
template <class Check>
void for_some_edits(int number, const Sample& network, std::map<std::string, int>& counts,
                    const Check& check) {
  Random random{static_cast<std::uint64_t>(number), "sites"};
  for (const EditKind& kind : edit_kinds()) {
    const auto sites = kind.sites(network.model.architecture, network.options);
    for (std::size_t i = 0; i < std::min(kSitesEach, sites.size()); ++i) {
      Edit edit = sites[random.below(sites.size())];
      edit.seed = random.bits32();
      INFO("network " << number << ": " << to_text(edit) << "\n"
                      << to_yaml(network.model.architecture));
      ++counts[std::string{kind.name}];
      check(kind, edit);
    }
  }
}

int widest(const Architecture& architecture) {
  int width = 0;
  for (const Node& node : architecture.nodes) {
    if (const auto* conv = std::get_if<Conv>(&node.op)) width = std::max(width, conv->out);
    if (const auto* dense = std::get_if<Dense>(&node.op)) width = std::max(width, dense->out);
  }
  return width;
}

}  // namespace

TEST_CASE("every edit gives a valid network and the same one with weights as without", "[edits]") {
  std::map<std::string, int> counts;
  for (int number = 0; number < kNetworks; ++number) {
    const Sample network = sample(number);
    const Architecture& architecture = network.model.architecture;
    for_some_edits(number, network, counts, [&](const EditKind&, const Edit& edit) {
      const Architecture alone = apply(architecture, edit);
      REQUIRE_FALSE(find_fault(alone));
      CHECK(alone != architecture);
      CHECK(alone.nodes.size() <= std::max<std::size_t>(30, architecture.nodes.size()));
      CHECK(widest(alone) <= std::max(20, widest(architecture)));
      const Model edited = apply(network.model, edit);
      CHECK(edited.architecture == alone);
      const auto fault = find_fault(edited);
      INFO(fault.value_or(""));
      REQUIRE_FALSE(fault);
      CHECK(apply(network.model, edit) == edited);  // deterministic
    });
  }
  // The promise is not an empty one: each kind was there many times.
  for (const EditKind& kind : edit_kinds()) {
    INFO(kind.name);
    CHECK(counts[std::string{kind.name}] >= 50);
  }
}

TEST_CASE("edits that are said to be equal keep the function and so does their undoing",
          "[edits]") {
  std::map<std::string, int> counts;
  for (int number = 0; number < kNetworks; ++number) {
    const Sample network = sample(number);
    const auto before = outputs(network.model, 1, 1);
    for_some_edits(number, network, counts, [&](const EditKind& kind, Edit edit) {
      if (kind.effect != Effect::equal || kind.name == "train_genes") return;
      if (kind.name == "widen" && edit.seed % 2 == 0) edit.args["noise"] = "0.3";
      const Model edited = apply(network.model, edit);
      CHECK(relative_difference(before, outputs(edited, 1, 1)) < 1e-5);
      // Whatever stands behind an insertion is untouched: without it the old model is there again.
      const auto back = kind.inverse(network.model.architecture, edit);
      if (!back || kind.name == "widen") return;
      CHECK(apply(edited, *back) == network.model);
    });
  }
}

TEST_CASE("an inverse gives the architecture back", "[edits]") {
  std::map<std::string, int> counts;
  std::map<std::string, int> inverted;
  for (int number = 0; number < kNetworks; ++number) {
    const Sample network = sample(number);
    const Architecture& architecture = network.model.architecture;
    for_some_edits(number, network, counts, [&](const EditKind& kind, const Edit& edit) {
      const auto back = kind.inverse(architecture, edit);
      if (!back) return;
      ++inverted[std::string{kind.name}];
      INFO(to_text(*back));
      CHECK(apply(apply(architecture, edit), *back) == architecture);
    });
  }
  for (const char* kind : {"widen", "narrow", "insert_conv", "insert_dense", "insert_residual",
                           "grow_kernel", "shrink_kernel", "add_skip", "change_activation",
                           "change_stride", "change_pooling", "train_genes"}) {
    INFO(kind);
    CHECK(inverted[kind] >= 30);
  }
}

TEST_CASE("nodes that an edit does not concern keep their ids", "[edits]") {
  std::map<std::string, int> counts;
  for (int number = 0; number < kNetworks; ++number) {
    const Sample network = sample(number);
    const Architecture& architecture = network.model.architecture;
    for_some_edits(number, network, counts, [&](const EditKind& kind, const Edit& edit) {
      if (kind.name == "remove_layer" || kind.name == "remove_skip") return;
      const Architecture after = apply(architecture, edit);
      for (const Node& node : architecture.nodes) CHECK(after.contains(node.id));
    });
  }
}

TEST_CASE("an edit that does not apply leaves everything as it was", "[edits]") {
  for (int number = 0; number < 20; ++number) {
    const Sample network = sample(number);
    const auto refused = [&](const EditKind& kind, const Edit& edit) {
      Model copy = network.model;
      INFO(to_text(edit));
      CHECK_THROWS_AS(kind.apply(copy.architecture, &copy.weights, edit), std::invalid_argument);
      CHECK(copy == network.model);
    };
    std::map<std::string, int> counts;
    for_some_edits(number, network, counts, [&](const EditKind& kind, const Edit& edit) {
      for (const char* site : {"nowhere", "input"}) {
        Edit elsewhere = edit;
        elsewhere.site = site;
        refused(kind, elsewhere);
      }
      Edit misspelt = edit;
      misspelt.args["nonsense"] = "1";
      refused(kind, misspelt);
      for (const auto& [name, value] : edit.args)
        for (const char* wrong : {"x", "-1", "1e99", "99999999999", "3 ", "0x3"}) {
          Edit malformed = edit;
          malformed.args[name] = wrong;
          refused(kind, malformed);
        }
    });
  }
  CHECK_THROWS_WITH(edit_kind("widne"), Catch::Contains("widen"));
}

TEST_CASE("sites are the same every time and their seeds are open", "[edits]") {
  for (int number = 0; number < 20; ++number) {
    const Sample network = sample(number);
    for (const EditKind& kind : edit_kinds()) {
      const auto sites = kind.sites(network.model.architecture, network.options);
      CHECK(sites == kind.sites(network.model.architecture, network.options));
      for (const Edit& edit : sites) CHECK(edit.seed == 0);
    }
  }
}

TEST_CASE("every site of every kind applies", "[edits]") {
  for (int number = 0; number < 60; ++number) {
    const Sample network = sample(number);
    for (const EditKind& kind : edit_kinds())
      for (const Edit& edit : kind.sites(network.model.architecture, network.options)) {
        INFO(to_text(edit) << "\n" << to_yaml(network.model.architecture));
        CHECK_FALSE(find_fault(apply(network.model.architecture, edit)));
      }
  }
}

TEST_CASE("long chains of edits stay valid and trainable in shape", "[edits]") {
  for (int number = 0; number < 40; ++number) {
    Sample network = sample(number);
    Random random{static_cast<std::uint64_t>(number), "walk"};
    Model& model = network.model;
    for (int step = 0; step < 15; ++step) {
      const auto& kind = edit_kinds()[random.below(edit_kinds().size())];
      const auto sites = kind.sites(model.architecture, network.options);
      if (sites.empty()) continue;
      Edit edit = sites[random.below(sites.size())];
      edit.seed = random.bits32();
      INFO(to_text(edit) << "\n" << to_yaml(model.architecture));
      model = apply(model, edit);
      REQUIRE_FALSE(find_fault(model));
    }
  }
}
