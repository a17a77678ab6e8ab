// What the methods find on NAS-Bench-Macro after a hundred evaluations, with its one default
// setting each. Published searchers of the same protocol: docs/search-methods.md.
#include "experiments/config/experiment.hpp"
#include "search/known_problem.hpp"
#include "search/methods.hpp"
#include "search/simulate.hpp"
#include "tests/catch.hpp"
#include "tests/support/data_files.hpp"

using namespace lamarck;
using namespace lamarck::experiments;

namespace {

search::KnownProblem macro(const std::filesystem::path& root) {
  const std::filesystem::path shipped =
      std::filesystem::path{LAMARCK_SOURCE} / "experiments" / "nas-bench-macro.yaml";
  const Experiment e = read_experiment(nn::YamlNode::load(shipped), shipped.parent_path());
  return search::table_problem("macro", e.table->slots(),
                               load_table(*e.table, e.objectives, root).table, {106e6, -0.8});
}

double mean_at_100(const search::KnownProblem& problem, const std::string& method,
                   const search::Objectives& objectives, int runs, const auto& judge) {
  const std::vector<std::size_t> budget{100};
  double sum = 0;
  for (int run = 0; run < runs; ++run) {
    const auto searcher =
        search::make_searcher(*problem.space, objectives, search::default_options(method));
    search::History history;
    static_cast<void>(
        search::simulate(*problem.space, *searcher, *problem.evaluator, history,
                         {.seed = static_cast<std::uint64_t>(run), .evaluations = 100}));
    sum += judge(problem, history, budget)[0];
  }
  return sum / runs;
}

}  // namespace

TEST_CASE("methods find on NAS-Bench-Macro what their names promise", "[table]") {
  const auto root = test::real_data();
  if (!std::filesystem::exists(root / "nas-bench-macro")) {
    WARN("skipped: there is no NAS-Bench-Macro in " << root);
    return;
  }
  const search::KnownProblem problem = macro(root);
  const auto regret = [&](const char* method) {
    return 100 * mean_at_100(problem, method, search::single_objective(), 20, search::regrets);
  };
  const auto hypervolume = [&](const char* method) {
    return mean_at_100(problem, method, search::two_objectives(), 10, search::hypervolume_ratios);
  };
  // Published: random 0.33, regularised evolution 0.13, hill climbing 0.14, each of a few runs
  // here.
  CHECK(regret("random") == Approx(0.33).margin(0.1));
  CHECK(regret("aging") < 0.22);
  CHECK(regret("greedy") < 0.22);
  CHECK(regret("lamarck") < 0.08);
  // Published: random 0.906, density-weighted parents 0.944.
  CHECK(hypervolume("random") == Approx(0.906).margin(0.02));
  CHECK(hypervolume("aging") > 0.92);
  CHECK(hypervolume("genetic") > 0.92);
  CHECK(hypervolume("lamarck") > 0.96);
}
