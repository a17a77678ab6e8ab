// Search quality: every method on problems whose answer is known, at equal numbers of evaluations.
//
//   bench_search_quality [--problem all|macro|nk|widths|trap] [--method NAME ...]
//                        [--ablate | --without PART ...] [--set key=value ...] [--inherits]
//                        [--check] [--runs 200]
//                        [--front-runs 100]
//                        [--workers 1]
//                        [--seconds 0] [--seed 1] [--problem-seed 1]
//                        [--experiment experiments/nas-bench-macro.yaml] [--data-root DIR]
//
// The protocol: evaluations are of distinct networks (duplicates cost nothing), one after the
// other, each seeing all results before it. Regret: how far the incumbent (the best by observed
// accuracy) is below the best accuracy there is, in points, both averaged over seeds; hypervolume:
// of the front chosen by observed accuracy and judged by mean accuracy, as a share of the true
// front's. Each figure is a mean over runs with its standard error. `--set` gives options of
// `search` in an experiment to all methods named; `--inherits` makes them as where children inherit
// weights. `--check` compares with what others found on NAS-Bench-Macro by the same protocol, and
// with what `lamarck` is to reach; it exits with 1 where one falls short. With several simulated
// workers, each proposal sees what has finished by then, in the seconds that the table tells (or
// one an evaluation). Runs share two cores, so the milliseconds a run are those of one core.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <ranges>
#include <string>
#include <vector>

#include "experiments/config/experiment.hpp"
#include "kernels/cpu.hpp"
#include "kernels/error.hpp"
#include "search/known_problem.hpp"
#include "search/methods.hpp"
#include "search/methods/lamarck.hpp"
#include "search/simulate.hpp"
#include "search/synthetic.hpp"

using namespace lamarck;
using namespace lamarck::search;

namespace {

const std::vector<std::size_t> kBudgets{50, 100, 200, 400};
const Point kReference{106e6, -0.80};  // of NAS-Bench-Macro

std::string default_root() {
  const char* set = std::getenv("LAMARCK_DATA");
  return set != nullptr && *set != '\0' ? set : "../shared/data";
}

struct Settings {
  std::vector<std::string> problems, methods, without, set;
  std::size_t runs = 200, front_runs = 100, workers = 1;
  double seconds = 0;
  bool ablate = false, inherits = false, check = false;
  std::uint64_t seed = 1, problem_seed = 1;
  std::string experiment, data_root;
};

// Mean and standard error at each budget.
struct Figures {
  std::vector<double> mean, error;
  double milliseconds = 0;  // a run
};

// Any experiment on a table with `accuracy` and `macs` as a problem.
KnownProblem table_problem_of(const std::string& name, const std::string& experiment,
                              const std::string& root) {
  const auto read = experiments::read_experiment(nn::YamlNode::load(experiment),
                                                 std::filesystem::path{experiment}.parent_path());
  if (!read.table) throw ConfigError(experiment + ": searches no table");
  const auto loaded = experiments::load_table(*read.table, read.objectives, root);
  return table_problem(name, read.table->slots(), loaded.table, kReference);
}

// The options of an experiment's `search` section.
MethodOptions method_options(const std::string& method, const Settings& settings) {
  std::string text = "search: {method: " + method;
  for (const std::string& one : settings.set) {
    const auto equals = one.find('=');
    if (equals == std::string::npos) throw ConfigError("--set: expected key=value, got " + one);
    text += ", " + one.substr(0, equals) + ": " + one.substr(equals + 1);
  }
  auto options =
      experiments::read_experiment(nn::YamlNode::parse(text + "}", "--set"), {}).search.method;
  options.inherits = settings.inherits;
  return options;
}

using Make = std::function<std::unique_ptr<Searcher>(const Space&, const Objectives&)>;
struct Contender {
  std::string name;
  Make make;
};

// `lamarck` without these parts.
Contender reduced(const std::vector<std::string>& without, bool inherits) {
  LamarckParts parts;
  for (const std::string& name : without) {
    const auto all = lamarck_parts();
    const auto found = std::ranges::find(all, name, &LamarckPart::name);
    if (found == all.end())
      throw ConfigError(
          fmt::format("--without: unknown part {}: expected some of {}", name,
                      fmt::join(all | std::views::transform(&LamarckPart::name), ", ")));
    parts.*(found->part) = false;
  }
  return {"lamarck less", [parts, inherits](const Space& space, const Objectives& objectives) {
            return make_lamarck(space, objectives, parts, inherits);
          }};
}

// The methods named, or `lamarck` whole and with one part missing each time.
std::vector<Contender> contenders(const Settings& settings) {
  std::vector<Contender> all;
  const bool inherits = settings.inherits;
  if (!settings.without.empty()) return {reduced(settings.without, inherits)};
  if (settings.ablate) {
    all.push_back({"lamarck", [inherits](const Space& space, const Objectives& objectives) {
                     return make_lamarck(space, objectives, LamarckParts{}, inherits);
                   }});
    for (const LamarckPart& part : lamarck_parts())
      all.push_back({fmt::format("- {}", part.name),
                     [part, inherits](const Space& space, const Objectives& objectives) {
                       LamarckParts parts;
                       parts.*part.part = false;
                       return make_lamarck(space, objectives, parts, inherits);
                     }});
    return all;
  }
  for (const std::string& method : settings.methods)
    all.push_back({method, [options = method_options(method, settings)](
                               const Space& space, const Objectives& objectives) {
                     return make_searcher(space, objectives, options);
                   }});
  return all;
}

Figures measure(const KnownProblem& problem, const Make& make, const Objectives& objectives,
                std::size_t runs, const Settings& settings, const auto& judge) {
  std::vector<std::vector<double>> rows(runs);
  const auto began = std::chrono::steady_clock::now();
  tbb::parallel_for(std::size_t{0}, runs, [&](std::size_t run) {
    const auto searcher = make(*problem.space, objectives);
    History history;
    static_cast<void>(simulate(*problem.space, *searcher, *problem.evaluator, history,
                               {.seed = Random{settings.seed, "run", run}.seed(),
                                .evaluations = kBudgets.back(),
                                .workers = settings.workers,
                                .seconds = settings.seconds}));
    rows[run] = judge(problem, history, kBudgets);
  });
  Figures figures;
  figures.milliseconds =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count() /
      static_cast<double>(runs);
  const auto n = static_cast<double>(runs);
  for (std::size_t b = 0; b < kBudgets.size(); ++b) {
    double mean = 0;
    double squares = 0;
    for (const auto& row : rows) mean += row[b] / n;
    for (const auto& row : rows) squares += (row[b] - mean) * (row[b] - mean);
    figures.mean.push_back(mean);
    figures.error.push_back(runs > 1 ? std::sqrt(squares / (n - 1) / n) : 0);
  }
  return figures;
}

void print_head(const std::string& title) {
  fmt::print("\n{}\n{:<14}", title, "evaluations");
  for (const std::size_t budget : kBudgets) fmt::print("{:>18}", budget);
  fmt::print("{:>10}\n", "ms/run");
}

void print_row(const std::string& name, const Figures& figures, double scale, int digits) {
  fmt::print("{:<14}", name);
  for (std::size_t b = 0; b < kBudgets.size(); ++b)
    fmt::print("{:>18}", fmt::format("{:.{}f} +- {:.{}f}", scale * figures.mean[b], digits,
                                     scale * figures.error[b], digits + 1));
  fmt::print("{:>10.1f}\n", figures.milliseconds);
  std::fflush(stdout);
}

// A row of four budgets that one of ours is to reach: those of other programs, which name no errors
// of theirs, or what was set out for.
struct Promise {
  std::string name;
  Contender ours;
  bool fronts;
  std::vector<double> figures;
  bool elsewhere;
};

std::vector<Promise> promises() {
  const auto method = [](MethodOptions options) {
    const std::string name = options.method;
    return Contender{name, [options = std::move(options)](const Space& space, const Objectives& o) {
                       return make_searcher(space, o, options);
                     }};
  };
  MethodOptions growth = default_options("greedy");
  growth.restarts = 0;
  growth.first_improvement = false;
  return {{"random", method(default_options("random")), false, {0.41, 0.33, 0.26, 0.21}, true},
          {"regularised evolution (20, 5)",
           method(default_options("aging")),
           false,
           {0.27, 0.13, 0.07, 0.06},
           true},
          {"hill climbing with restarts",
           method(default_options("greedy")),
           false,
           {0.23, 0.14, 0.09, 0.08},
           true},
          {"greedy growth", method(growth), false, {1.42, 0.08, 0.09, 0.09}, true},
          {"lamarck", method(default_options("lamarck")), false, {0.18, 0.08, 0.05, 0.04}, false},
          {"random", method(default_options("random")), true, {0.881, 0.906, 0.928, 0.951}, true},
          {"parents by density",
           reduced({"model", "founders", "samples", "crossover"}, true),
           true,
           {0.902, 0.944, 0.977, 0.993},
           true},
          {"lamarck", method(default_options("lamarck")), true, {0.92, 0.96, 0.985, 0.996}, false}};
}

// By how many standard errors ours is better; those of other programs are taken to be as ours.
bool check(const KnownProblem& problem, const Settings& settings) {
  bool all = true;
  fmt::print("\n{:<12} {:<30}{:>6}{:>9}{:>18}{:>9}\n", "", "", "", "promised", "here", "errors");
  for (const Promise& promise : promises()) {
    const Figures here = promise.fronts ? measure(problem, promise.ours.make, two_objectives(),
                                                  settings.front_runs, settings, hypervolume_ratios)
                                        : measure(problem, promise.ours.make, single_objective(),
                                                  settings.runs, settings, regrets);
    const double scale = promise.fronts ? 1 : 100;
    for (std::size_t b = 0; b < kBudgets.size(); ++b) {
      const double mean = scale * here.mean[b], error = scale * here.error[b];
      const double better = promise.fronts ? mean - promise.figures[b] : promise.figures[b] - mean;
      // All runs may end at the best there is.
      const double least = 1e-9;
      const double errors =
          better / (std::max(error, least) * (promise.elsewhere ? std::sqrt(2.0) : 1.0));
      const bool kept = promise.elsewhere ? errors > -2 : better >= 0;
      all = all && kept;
      fmt::print("{:<12} {:<30}{:>6}{:>9.3f}{:>18}{:>+9.1f}{}\n",
                 promise.fronts ? "hypervolume" : "regret", promise.name, kBudgets[b],
                 promise.figures[b], fmt::format("{:.4f} +- {:.4f}", mean, error), errors,
                 kept ? "" : "  falls short");
      std::fflush(stdout);
    }
  }
  return all;
}

std::vector<std::string> problem_names() {
  std::vector<std::string> names{"macro"};
  for (const auto& row : synthetic_problems()) names.emplace_back(row.name);
  return names;
}

KnownProblem make_problem(const std::string& name, const Settings& settings) {
  if (name == "macro") return table_problem_of(name, settings.experiment, settings.data_root);
  for (const auto& row : synthetic_problems())
    if (row.name == name) return row.make(settings.problem_seed);
  throw ConfigError(fmt::format("--problem: unknown problem {}: expected all or one of {}", name,
                                fmt::join(problem_names(), ", ")));
}

void run(const Settings& settings) {
  const kernels::Cpu cpu = kernels::this_cpu();
  fmt::print("# {}, {} cores\n", cpu.model, cpu.cores);
  for (const std::string& name : settings.problems) {
    const KnownProblem problem = make_problem(name, settings);
    if (settings.runs > 0) {
      print_head(fmt::format("{}: regret of the incumbent, points of accuracy ({} runs)", name,
                             settings.runs));
      for (const auto& [method, make] : contenders(settings))
        print_row(method,
                  measure(problem, make, single_objective(), settings.runs, settings, regrets), 100,
                  3);
    }
    if (settings.front_runs > 0) {
      print_head(fmt::format("{}: hypervolume, share of the true front's ({} runs)", name,
                             settings.front_runs));
      for (const auto& [method, make] : contenders(settings))
        print_row(method,
                  measure(problem, make, two_objectives(), settings.front_runs, settings,
                          hypervolume_ratios),
                  1, 4);
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  namespace po = boost::program_options;
  Settings settings;
  po::options_description options{"options"};
  options.add_options()("help", "this text")(
      "problem", po::value(&settings.problems)->multitoken()->default_value({"macro"}, "macro"),
      "macro, nk, widths, trap or all")("method", po::value(&settings.methods)->multitoken(),
                                        "some methods only")(
      "ablate", po::bool_switch(&settings.ablate), "lamarck, and without each of its parts")(
      "inherits", po::bool_switch(&settings.inherits), "as where children inherit weights")(
      "check", po::bool_switch(&settings.check), "against what is promised on macro")(
      "without", po::value(&settings.without)->multitoken(), "lamarck without all of these parts")(
      "set", po::value(&settings.set)->multitoken(), "key=value, options of the methods")(
      "runs", po::value(&settings.runs)->default_value(200), "with one objective")(
      "front-runs", po::value(&settings.front_runs)->default_value(100), "with two objectives")(
      "seed", po::value(&settings.seed)->default_value(1), "of all runs")(
      "workers", po::value(&settings.workers)->default_value(1), "simulated")(
      "seconds", po::value(&settings.seconds)->default_value(0),
      "of simulated time a run; 0: no limit")(
      "problem-seed", po::value(&settings.problem_seed)->default_value(1), "of made-up problems")(
      "experiment",
      po::value(&settings.experiment)->default_value("experiments/nas-bench-macro.yaml"),
      "what macro is: an experiment on a table")(
      "data-root", po::value(&settings.data_root)->default_value(default_root()),
      "where its table lies");
  po::variables_map values;
  po::store(po::parse_command_line(argc, argv, options), values);
  po::notify(values);
  if (values.count("help") > 0) {
    fmt::print("bench_search_quality: methods on problems with known answers\n");
    return 0;
  }
  if (settings.problems == std::vector<std::string>{"all"}) settings.problems = problem_names();
  if (settings.methods.empty())
    for (const auto& row : methods()) settings.methods.emplace_back(row.name);
  if (settings.check) return check(make_problem("macro", settings), settings) ? 0 : 1;
  run(settings);
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
