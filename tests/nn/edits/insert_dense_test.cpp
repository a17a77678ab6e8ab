// Dense layers that begin as the identity, between vectors alone.
#include "tests/catch.hpp"
#include "tests/support/edited.hpp"
#include "tests/support/random_model.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

namespace {

Architecture mlp(const std::string& act) {
  return parse("  - {id: pool, global_avg_pool: {}}\n  - {id: a, dense: {out: 5}, act: " + act +
               "}\n  - {id: b, dense: {out: 4}, act: tanh}\n  - {id: logits, dense: {out: 3}}\n");
}

const Dense& inserted(const Architecture& architecture) {
  for (const Node& node : architecture.nodes)
    if (node.id.rfind("dense", 0) == 0) return std::get<Dense>(node.op);
  throw std::logic_error("no layer was inserted");
}

}  // namespace

TEST_CASE("a dense layer begins as the identity wherever it is inserted", "[edits]") {
  for (const char* act : {"relu", "tanh", "gelu", "identity"})
    for (const char* site : {"pool", "a", "b"}) {
      INFO(act << " " << site);
      const Model model = scattered_model(mlp(act), 3);
      const Model grown = edited(model, std::string{"insert_dense "} + site);
      CHECK_FALSE(find_fault(grown));
      CHECK(grown.architecture.nodes.size() == model.architecture.nodes.size() + 1);
      CHECK(relative_difference(outputs(model, 1), outputs(grown, 1)) < 1e-6);
    }
}

TEST_CASE("a ReLU follows a dense layer only where nothing is negative", "[edits]") {
  CHECK(inserted(edited(mlp("relu"), "insert_dense a")).act == Activation::relu);
  CHECK(inserted(edited(mlp("gelu"), "insert_dense a")).act == Activation::identity);
  CHECK(inserted(edited(mlp("relu"), "insert_dense b")).act == Activation::identity);
  CHECK(inserted(edited(mlp("relu"), "insert_dense a")).out == 5);
}

TEST_CASE("dense layers are offered between vectors within the bounds", "[edits]") {
  std::vector<std::string> found;
  const auto offered = [&](const SiteOptions& options) {
    found.clear();
    for (const Edit& edit : edit_kind("insert_dense").sites(two_convs(), options))
      found.push_back(edit.site);
    return found;
  };
  CHECK(offered({}) == std::vector<std::string>{"pool"});
  CHECK(offered({.max_channels = 3}).empty());
  CHECK(offered({.max_nodes = 4}).empty());
  CHECK(offered({.max_nodes = 5}).size() == 1);
}

TEST_CASE("taking the inserted layer out again gives the network before", "[edits]") {
  const Model model = scattered_model(mlp("relu"), 4);
  const Model grown = edited(model, "insert_dense a");
  std::string id;
  for (const Node& node : grown.architecture.nodes)
    if (!model.architecture.contains(node.id)) id = node.id;
  const Model back = edited(grown, "remove_layer " + id);
  CHECK(back.architecture == model.architecture);
  CHECK(relative_difference(outputs(model, 1), outputs(back, 1)) < 1e-6);
}
