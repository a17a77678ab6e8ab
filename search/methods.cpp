#include "search/methods.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "kernels/error.hpp"
#include "nn/formats/yaml.hpp"
#include "search/methods/aging.hpp"
#include "search/methods/exhaustive.hpp"
#include "search/methods/genetic.hpp"
#include "search/methods/greedy.hpp"
#include "search/methods/lamarck.hpp"
#include "search/methods/random.hpp"

namespace lamarck::search {

const std::vector<MethodRow>& methods() {
  static const std::vector<MethodRow> rows{
      {"random", "samples from all over the space, each once", make_random},
      {"exhaustive", "every candidate of a space that can be enumerated, in order",
       make_exhaustive},
      {"greedy", "hill climbing with restarts; Pareto local search for several objectives",
       make_greedy},
      {"genetic", "tournaments, crossover and mutation; NSGA-II ranking for several objectives",
       make_genetic},
      {"aging", "regularised evolution: the population is the youngest candidates", make_aging},
      {"lamarck", "evolution over a density-weighted front, guided by a model", make_lamarck}};
  return rows;
}

MethodOptions default_options(std::string_view method) {
  MethodOptions options{.method = std::string{method}};
  if (method == "aging") options.population = 20;
  return options;
}

std::unique_ptr<Searcher> make_searcher(const Space& space, const Objectives& objectives,
                                        const MethodOptions& options) {
  const auto need = [](bool fine, const std::string& what) {
    if (!fine) throw ConfigError("search: " + what);
  };
  need(!objectives.list.empty(), "at least one objective is needed");
  need(options.population >= 2,
       "population must be at least 2, got " + std::to_string(options.population));
  need(options.tournament >= 1,
       "tournament must be at least 1, got " + std::to_string(options.tournament));
  need(options.crossover >= 0 && options.crossover <= 1, "crossover must be a share in [0, 1]");
  need(options.sample >= 1, "sample must be at least 1, got " + std::to_string(options.sample));
  static constexpr std::array kFrom{"start", "small", "large", "random"};
  need(std::find(kFrom.begin(), kFrom.end(), options.from) != kFrom.end(),
       "from must be start, small, large or random, got " + options.from);
  need(options.restarts >= 0,
       "restarts must be at least 0, got " + std::to_string(options.restarts));
  std::vector<std::string> names;
  for (const MethodRow& row : methods()) {
    if (row.name == options.method) return row.make(space, objectives, options);
    names.emplace_back(row.name);
  }
  const auto near = nn::nearest(options.method, names);
  throw ConfigError("search.method: unknown method " + options.method +
                    (near ? " (did you mean " + *near + "?)" : ""));
}

}  // namespace lamarck::search
