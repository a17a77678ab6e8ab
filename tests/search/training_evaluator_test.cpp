// Candidates trained on generated images: what they inherit, store and report.
#include "search/training_evaluator.hpp"

#include <cstdlib>

#include "nn/blocks.hpp"
#include "nn/costs.hpp"
#include "nn/edits/edit.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "tests/catch.hpp"
#include "tests/support/winograd.hpp"

using namespace lamarck;
using namespace lamarck::search;
namespace fs = std::filesystem;

namespace {

struct World {
  nn::TrainTest sets = nn::load_dataset("shapes", "", 1, {.limit = 1200});
  nn::Split split = nn::stratified_split(sets.train, 200, 1);
  fs::path folder;
  World() {
    std::string name = (fs::temp_directory_path() / "evaluator-XXXXXX").string();
    if (!mkdtemp(name.data())) std::abort();
    folder = name;
  }
  ~World() { fs::remove_all(folder); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] TrainingEvaluatorOptions options(int epochs) const {
    TrainingEvaluatorOptions options;
    options.data = {.data = &sets.train,
                    .train = split.train,
                    .validation = split.validation,
                    .normalisation = nn::measure_normalisation(sets.train, split.train)};
    options.train.epochs = epochs;
    options.train.batch = 32;
    options.train.optimizer.rate = 0.05;
    options.metadata = {{"dataset", "shapes"}};
    return options;
  }
};

Proposal proposal(std::size_t id, const nn::Architecture& architecture) {
  return {.id = id,
          .genome = {nn::to_yaml(architecture)},
          .key = "key",
          .origin = "start",
          .seed = 100 + id};
}

}  // namespace

TEST_CASE("a promoted candidate goes on from its weights, whatever children inherit",
          "[evaluator]") {
  const World world;
  const nn::Architecture start = nn::built_in("small-plain", world.sets.train.shape, 10);
  TrainingEvaluatorOptions options = world.options(9);
  options.inherit = false;
  const auto evaluator = make_training_evaluator(options);
  Proposal first = proposal(0, start);
  first.epochs = 4;
  const auto before =
      evaluator->evaluate({.proposal = &first, .weights = world.folder / "0.safetensors"});
  REQUIRE(before);
  CHECK(before->metrics.at("epochs") == 4);

  Proposal further = first;
  further.id = 1;
  further.parents = {0};
  further.origin = kPromote;
  further.epochs = 1;
  const Candidate candidate{.proposal = &further,
                            .parent_weights = {world.folder / "0.safetensors"},
                            .parent_genomes = {first.genome},
                            .epochs_before = 4,
                            .weights = world.folder / "1.safetensors"};
  const auto after = evaluator->evaluate(candidate);
  REQUIRE(after);
  CHECK(after->metrics.at("epochs") == 5);
  CHECK(after->metrics.at("total_epochs") == 5);
  CHECK(after->metrics.count("quick_accuracy") == 0);  // that is what the rung before has said
  REQUIRE(after->epochs.size() == 1);
  CHECK(after->epochs.front().epoch == 5);
  // One epoch from scratch leaves it near chance; here it knows what it knew.
  CHECK(after->metrics.at("accuracy") > before->metrics.at("accuracy") - 0.1);
  Proposal fresh = first;
  fresh.epochs = 1;
  const auto scratch =
      evaluator->evaluate({.proposal = &fresh, .weights = world.folder / "2.safetensors"});
  CHECK(after->metrics.at("accuracy") > scratch->metrics.at("accuracy") + 0.05);
}

TEST_CASE("a child knows at once what its parent learnt", "[evaluator]") {
  const World world;
  const nn::Architecture start = nn::built_in("small-plain", world.sets.train.shape, 10);
  const Proposal parent = proposal(0, start);
  const auto evaluator = make_training_evaluator(world.options(6));
  const auto first =
      evaluator->evaluate({.proposal = &parent, .weights = world.folder / "0.safetensors"});
  REQUIRE(first);
  CHECK(first->status == Status::done);
  CHECK(first->metrics.count("quick_accuracy") == 0);  // nothing inherited, nothing to score
  CHECK(first->metrics.at("epochs") == 6);
  CHECK(first->metrics.at("macs") == static_cast<double>(nn::costs(start).macs));
  const double learnt = first->metrics.at("accuracy");
  CHECK(learnt > 0.25);

  for (const char* text : {"insert_residual stem kind=basic", "grow_kernel stem", "add_skip"}) {
    nn::Edit edit = nn::edit_from_text(text);
    if (edit.kind == "add_skip") {
      const auto sites = nn::edit_kind("add_skip").sites(start, {});
      if (sites.empty()) continue;
      edit = sites[0];
    }
    if (edit.kind == "grow_kernel" || edit.kind == "insert_residual") edit.site = start.nodes[0].id;
    edit.seed = 5;
    Proposal child = proposal(1, nn::apply(start, edit));
    child.parents = {0};
    child.edits = {nn::to_text(edit)};
    const auto result = evaluator->evaluate({.proposal = &child,
                                             .parent_weights = {world.folder / "0.safetensors"},
                                             .weights = world.folder / "1.safetensors"});
    REQUIRE(result);
    INFO(nn::to_text(edit));
    CHECK(result->metrics.at("quick_accuracy") == Approx(learnt).margin(1e-6));
    CHECK(result->metrics.at("total_epochs") == 12);
    CHECK(result->epochs.size() == 7);
    CHECK(result->epochs[0].epoch == 0);
  }
}

TEST_CASE("a child that starts hopelessly is dismissed unless it is small", "[evaluator]") {
  const World world;
  const nn::Architecture start = nn::built_in("small-plain", world.sets.train.shape, 10);
  const Proposal parent = proposal(0, start);
  TrainingEvaluatorOptions options = world.options(6);
  const auto first = make_training_evaluator(options)->evaluate(
      {.proposal = &parent, .weights = world.folder / "0.safetensors"});
  REQUIRE(first->metrics.at("accuracy") > 0.25);

  options.dismissed_below = 0.5;
  options.train.epochs = 1;
  const auto evaluator = make_training_evaluator(options);
  const auto child_by = [&](const std::vector<std::string>& edits) {
    nn::Architecture architecture = start;
    for (const auto& edit : edits) architecture = nn::apply(architecture, nn::edit_from_text(edit));
    Proposal child = proposal(1, architecture);
    child.parents = {0};
    child.edits = edits;
    return *evaluator->evaluate({.proposal = &child,
                                 .parent_weights = {world.folder / "0.safetensors"},
                                 .weights = world.folder / "1.safetensors"});
  };
  // Sigmoids halfway between 0 and 1 tell the next layers little of what ReLUs did.
  const std::vector<std::string> bad{"change_activation a to=sigmoid seed=1",
                                     "change_activation b to=sigmoid seed=1",
                                     "change_activation c to=sigmoid seed=1"};
  const Result dismissed_one = child_by(bad);
  CHECK(dismissed_one.status == Status::rejected);
  CHECK(dismissed(dismissed_one));
  CHECK(dismissed_one.metrics.at(kQuickScore) < 0.5 * first->metrics.at("accuracy"));
  CHECK(dismissed_one.metrics.count("macs") == 1);
  CHECK(dismissed_one.metrics.count("accuracy") == 0);
  CHECK(dismissed_one.message.find("not trained") != std::string::npos);
  CHECK_FALSE(fs::exists(world.folder / "1.safetensors"));

  // The same at a third of the cost.
  std::vector<std::string> small = bad;
  small.emplace_back("change_stride stem to=2 seed=1");
  const Result kept = child_by(small);
  CHECK(kept.metrics.at("macs") < 0.5 * first->metrics.at("macs"));
  CHECK(kept.status == Status::done);
  CHECK(child_by({"insert_residual stem kind=basic seed=1"}).status == Status::done);

  // A start brings weights, but nobody has edited it; what a promotion adds to is no child.
  options.start_weights = {{nn::to_yaml(start), world.folder / "0.safetensors"}};
  CHECK(make_training_evaluator(options)->evaluate({.proposal = &parent, .weights = {}})->status ==
        Status::done);
}

TEST_CASE("what is worse than chance is dismissed only where that is asked for", "[evaluator]") {
  const World world;
  const nn::Architecture start = nn::built_in("small-plain", world.sets.train.shape, 10);
  const Proposal parent = proposal(0, start);
  TrainingEvaluatorOptions options = world.options(6);
  REQUIRE(make_training_evaluator(options)->evaluate(
      {.proposal = &parent, .weights = world.folder / "0.safetensors"}));
  // The class that it thought least likely.
  nn::ModelFile turned = nn::load_model(world.folder / "0.safetensors");
  for (const char* name : {"logits.weight", "logits.bias"})
    for (float& value : turned.model.weights.at(name).data) value = -value;
  nn::save_model(world.folder / "turned.safetensors", turned.model, turned.metadata);

  const std::string edit = "grow_kernel stem seed=1";
  Proposal child = proposal(1, nn::apply(start, nn::edit_from_text(edit)));
  child.parents = {0};
  child.edits = {edit};
  options.train.epochs = 1;
  for (const double share : {0.0, 0.5}) {
    INFO(share);
    options.dismissed_below = share;
    const auto result = make_training_evaluator(options)->evaluate(
        {.proposal = &child,
         .parent_weights = {world.folder / "turned.safetensors"},
         .weights = {}});
    REQUIRE(result);
    CHECK(result->metrics.at(kQuickScore) < 0.1);
    CHECK(result->status == (share > 0 ? Status::rejected : Status::done));
    // A start that brings such weights was not made worse by anybody.
    options.start_weights = {{nn::to_yaml(start), world.folder / "turned.safetensors"}};
    const auto brought =
        make_training_evaluator(options)->evaluate({.proposal = &parent, .weights = {}});
    CHECK(brought->metrics.at(kQuickScore) < 0.1);
    CHECK(brought->status == Status::done);
  }
}

TEST_CASE("an evaluation depends on the proposal alone and leaves a whole model file",
          "[evaluator]") {
  const World world;
  const Proposal one = proposal(3, nn::built_in("tiny-plain", world.sets.train.shape, 10));
  const auto evaluator = make_training_evaluator(world.options(1));
  const auto a = evaluator->evaluate({.proposal = &one, .weights = world.folder / "a.safetensors"});
  const auto b = evaluator->evaluate({.proposal = &one, .weights = world.folder / "b.safetensors"});
  CHECK(a->metrics == b->metrics);
  CHECK(a->epochs == b->epochs);
  const auto file = nn::load_model(world.folder / "a.safetensors");
  CHECK(file.model == nn::load_model(world.folder / "b.safetensors").model);
  CHECK(file.metadata.at("dataset") == "shapes");
  // What is stored is what was scored.
  const auto options = world.options(1);
  const auto score = nn::evaluate(file.model, world.sets.train, options.data.validation,
                                  options.data.normalisation);
  CHECK(score.score == a->metrics.at("accuracy"));
}

TEST_CASE("a candidate is scored by the method it is trained by", "[evaluator]") {
  const World world;
  const nn::Architecture start = nn::built_in("small-plain", world.sets.train.shape, 10);
  TrainingEvaluatorOptions options = world.options(1);
  options.train.winograd = false;
  const Proposal one = proposal(0, start);
  const auto result = make_training_evaluator(options)->evaluate(
      {.proposal = &one, .weights = world.folder / "0.safetensors"});
  const auto file = nn::load_model(world.folder / "0.safetensors");
  const auto loss = [&](bool winograd) {
    return nn::evaluate(file.model, world.sets.train, options.data.validation,
                        options.data.normalisation, {.winograd = winograd})
        .loss;
  };
  CHECK(result->metrics.at("loss") == loss(false));
  if (test::has_winograd()) CHECK(loss(true) != loss(false));
  CHECK(file.metadata.at("winograd") == "false");
}

TEST_CASE("divergence and cancellation and missing parents are told apart", "[evaluator]") {
  const World world;
  const Proposal one = proposal(0, nn::built_in("tiny-plain", world.sets.train.shape, 10));
  auto wild = world.options(2);
  wild.train.optimizer.rate = 1e6;
  wild.train.optimizer.momentum = 0.9;
  const auto diverged = make_training_evaluator(wild)->evaluate(
      {.proposal = &one, .weights = world.folder / "w.safetensors"});
  REQUIRE(diverged);
  CHECK(diverged->status == Status::diverged);
  CHECK_FALSE(diverged->message.empty());
  CHECK_FALSE(fs::exists(world.folder / "w.safetensors"));

  const auto evaluator = make_training_evaluator(world.options(1));
  CHECK_FALSE(evaluator->evaluate({.proposal = &one,
                                   .weights = world.folder / "c.safetensors",
                                   .cancelled = [] { return true; }}));

  Proposal orphan = one;
  orphan.parents = {9};
  CHECK_THROWS(evaluator->evaluate(
      {.proposal = &orphan, .parent_weights = {world.folder / "9.safetensors"}, .weights = {}}));
}

TEST_CASE("a start with weights begins with what they know", "[evaluator]") {
  const World world;
  const nn::Architecture start = nn::built_in("small-plain", world.sets.train.shape, 10);
  const Proposal first = proposal(0, start);
  const auto scratch = make_training_evaluator(world.options(6));
  const auto learnt =
      scratch->evaluate({.proposal = &first, .weights = world.folder / "0.safetensors"});
  REQUIRE(learnt);

  TrainingEvaluatorOptions options = world.options(1);
  options.start_weights = {{nn::to_yaml(start), world.folder / "0.safetensors"}};
  const auto warm = make_training_evaluator(options)->evaluate({.proposal = &first, .weights = {}});
  REQUIRE(warm);
  CHECK(warm->metrics.at("quick_accuracy") == Approx(learnt->metrics.at("accuracy")).margin(1e-6));
  CHECK(warm->metrics.at("total_epochs") == 7);

  options.inherit = false;
  const auto fresh =
      make_training_evaluator(options)->evaluate({.proposal = &first, .weights = {}});
  REQUIRE(fresh);
  CHECK(fresh->metrics.count("quick_accuracy") == 0);
  CHECK(fresh->metrics.at("total_epochs") == 1);
}
