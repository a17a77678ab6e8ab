// The searchers by name, with their options. One file each in search/methods/.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "search/searcher.hpp"

namespace lamarck::search {

struct MethodOptions {
  std::string method = "genetic";
  // genetic
  int population = 24;
  int tournament = 3;
  double crossover = 0.3;  ///< share of children with two parents
  // greedy
  bool first_improvement = true;  ///< else the whole neighbourhood is scored before a step
  int restarts = 1000000;
  bool operator==(const MethodOptions&) const = default;
};

struct MethodRow {
  std::string_view name, summary;
  std::unique_ptr<Searcher> (*make)(const Space&, const Objectives&, const MethodOptions&);
};
/// random, greedy, genetic.
[[nodiscard]] const std::vector<MethodRow>& methods();
/// The space must outlive the searcher. \throws ConfigError for an unknown method (with a
/// suggestion) or an option out of range
[[nodiscard]] std::unique_ptr<Searcher> make_searcher(const Space&, const Objectives&,
                                                      const MethodOptions&);

}  // namespace lamarck::search
