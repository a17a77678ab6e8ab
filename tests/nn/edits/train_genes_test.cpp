// Genes of training within their bounds.
#include "tests/catch.hpp"
#include "tests/support/edited.hpp"
#include "tests/support/random_model.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

TEST_CASE("one gene changes and the weights stay", "[edits]") {
  const Model model = scattered_model(two_convs(), 1);
  const Model changed = edited(model, "train_genes rate=0.5");
  CHECK(changed.architecture.genes.rate == 0.5);
  CHECK(changed.architecture.nodes == model.architecture.nodes);
  CHECK(changed.weights == model.weights);
  CHECK(edited(changed, "train_genes rate=none") == model);
  CHECK(edited(model, "train_genes optimizer=adamw").architecture.genes.optimizer == "adamw");
}

TEST_CASE("genes out of their bounds are refused", "[edits]") {
  for (const char* text :
       {"train_genes", "train_genes rate=0", "train_genes rate=-1", "train_genes rate=101",
        "train_genes rate=nan", "train_genes rate=1x", "train_genes weight_decay=101",
        "train_genes label_smoothing=0.6", "train_genes optimizer=sgdd", "train_genes speed=1",
        "train_genes rate=1 weight_decay=1", "train_genes a rate=1"}) {
    INFO(text);
    CHECK_THROWS_AS(edited(two_convs(), text), std::invalid_argument);
  }
}

TEST_CASE("every proposal changes a gene whatever it is now", "[edits]") {
  for (const double value : {0.0, 0.0625, 0.1, 1.0, 16.0, 100.0}) {
    auto a = two_convs();
    a.genes = {.optimizer = "sgd", .weight_decay = value, .label_smoothing = 0.05};
    if (value > 0) a.genes.rate = value;
    const auto sites = edit_kind("train_genes").sites(a, {});
    CHECK(sites.size() >= 4);
    for (const Edit& edit : sites) {
      INFO(to_text(edit));
      CHECK(apply(a, edit) != a);
    }
  }
}
