// What inheritance is worth: how many epochs a child needs to reach its parent's accuracy, from its
// parent's weights and from scratch. Prints one CSV line a child.
//
//   bench_inheritance EXPERIMENT.yaml [DATA_ROOT] [CHILDREN] [LIMIT]
//
// The parent is the experiment's first start, trained for kParentEpochs. Children are one edit
// away, each of another kind. Every budget is a training of its own, with the schedule stretched
// over it, so that `3 epochs` is what a user would get who asked for three.
#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "experiments/prepared.hpp"
#include "kernels/cpu.hpp"
#include "kernels/error.hpp"
#include "nn/costs.hpp"
#include "nn/edits/edit.hpp"
#include "nn/formats/architecture_yaml.hpp"

using namespace lamarck;

namespace {

constexpr int kParentEpochs = 3;
constexpr std::array kBudgets{1, 2, 3, 4, 6, 8, 12};
constexpr std::uint64_t kSeed = 7;

struct Child {
  std::string edit;
  nn::Model inherited;
};

// One edit away from `parent`, of as many kinds as there are.
std::vector<Child> children_of(const nn::Model& parent, const search::Space& space,
                               std::size_t number) {
  std::vector<Child> children;
  std::set<std::string> kinds;
  Random random{kSeed, "children"};
  const search::Genome genome{nn::to_yaml(parent.architecture)};
  constexpr int kTries = 2000;
  for (int i = 0; i < kTries && children.size() < number; ++i) {
    const auto variation = space.mutate(genome, random);
    if (!variation || space.violation(variation->genome)) continue;
    const nn::Edit edit = nn::edit_from_text(variation->edits.front());
    if (kinds.insert(edit.kind).second)
      children.push_back({variation->edits.front(), nn::apply(parent, edit)});
  }
  return children;
}

struct Climb {
  double first = 0;           // accuracy after one epoch
  std::optional<int> epochs;  // the least budget that reaches the goal
};

Climb climb(const nn::Model& start, const nn::TrainData& data, nn::TrainOptions options,
            double goal) {
  Climb result;
  for (const int budget : kBudgets) {
    options.epochs = budget;
    const double accuracy = nn::train(start, data, options, kSeed).validation.score;
    if (budget == 1) result.first = accuracy;
    if (accuracy < goal) continue;
    result.epochs = budget;
    break;
  }
  return result;
}

std::string text(const std::optional<int>& epochs) {
  return epochs ? std::to_string(*epochs) : fmt::format("more than {}", kBudgets.back());
}

int run(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: bench_inheritance EXPERIMENT.yaml [DATA_ROOT] [CHILDREN] [LIMIT]\n", stderr);
    return 2;
  }
  const std::filesystem::path file = argv[1];
  auto experiment =
      experiments::read_experiment(nn::YamlNode::load(file.string()), file.parent_path());
  const auto number = static_cast<std::size_t>(argc > 3 ? std::atoi(argv[3]) : 10);
  if (argc > 4) experiment.data.load.limit = static_cast<std::size_t>(std::atoi(argv[4]));
  const auto data = experiments::prepare_data(
      experiment.data, experiments::data_root(argc > 2 ? argv[2] : "", experiment.data.root),
      experiment.seed);
  const auto space = experiments::make_space(experiment, data->sets.train);
  const nn::TrainData sets = data->for_search();
  nn::TrainOptions options = experiment.train;
  options.epochs = kParentEpochs;
  const nn::TrainResult parent =
      nn::train(nn::make_model(nn::architecture_from_yaml(space->starts().front().text, "start"),
                               experiment.init, kSeed),
                sets, options, kSeed);
  const double goal = parent.validation.score;
  const auto cpu = kernels::this_cpu();
  std::printf("# %s (%s); %s; parent: %d epochs, %.2f %% of validation\n", cpu.model.c_str(),
              cpu.isa.c_str(), experiment.name.c_str(), kParentEpochs, 100 * goal);
  std::printf(
      "edit,macs,after the edit,after 1 epoch inherited,after 1 epoch from scratch,epochs "
      "inherited,epochs from scratch\n");
  std::fflush(stdout);

  const auto children = children_of(parent.model, *space, number);
  tbb::parallel_for(std::size_t{0}, children.size(), std::size_t{1}, [&](std::size_t i) {
    const Child& child = children[i];
    const double at_once =
        nn::evaluate(child.inherited, *sets.data, sets.validation, sets.normalisation).score;
    const Climb inherited = climb(child.inherited, sets, options, goal);
    const Climb scratch =
        climb(nn::make_model(child.inherited.architecture, experiment.init, kSeed + i), sets,
              options, goal);
    std::printf("%s,%lld,%.2f %%,%.2f %%,%.2f %%,%s,%s\n", child.edit.c_str(),
                static_cast<long long>(nn::costs(child.inherited.architecture).macs), 100 * at_once,
                100 * inherited.first, 100 * scratch.first, text(inherited.epochs).c_str(),
                text(scratch.epochs).c_str());
    std::fflush(stdout);
  });
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_inheritance: %s\n", error.what());
    return 1;
  }
}
