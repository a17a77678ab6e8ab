// The searchers by name, with their options. One file each in search/methods/.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "search/searcher.hpp"

namespace lamarck::search {

struct MethodOptions {
  std::string method = "lamarck";
  // lamarck
  bool inherits = false;  ///< whether children are trained from their parents' weights
  // genetic, aging
  int population = 24;
  // genetic
  int tournament = 3;
  double crossover = 0.3;  ///< share of children with two parents
  // aging
  int sample = 5;  ///< members drawn, of which the best becomes the parent
  // greedy
  bool first_improvement = true;  ///< else the whole neighbourhood is scored before a step
  std::string from =
      "start";  ///< where the first climb begins: `start`, `small`, `large`, `random`
  int restarts = 1000000;
  bool operator==(const MethodOptions&) const = default;
};
/// What suits the method: a population of 20 for `aging`, else as above.
[[nodiscard]] MethodOptions default_options(std::string_view method);

struct MethodRow {
  std::string_view name, summary;
  std::unique_ptr<Searcher> (*make)(const Space&, const Objectives&, const MethodOptions&);
};
/// random, exhaustive, greedy, genetic, aging, lamarck.
[[nodiscard]] const std::vector<MethodRow>& methods();
/// The space must outlive the searcher. \throws ConfigError for an unknown method (with a
/// suggestion), an option out of range, or a space that the method cannot search
[[nodiscard]] std::unique_ptr<Searcher> make_searcher(const Space&, const Objectives&,
                                                      const MethodOptions&);

}  // namespace lamarck::search
