// A searcher decides what to try next. It is a pure function of the history and a random stream: no
// hidden state. What it derives from the history may be cached, and tests hold the cache equal to a
// recomputation.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "search/history.hpp"
#include "search/objectives.hpp"

namespace lamarck::search {

/// A genome to try, with `origin` for people to read.
struct Suggestion {
  Variation variation;
  std::string origin;
  int epochs = 0;  ///< of training; 0: as many as any candidate
};
/// Nothing new is left to propose; the reason in words.
struct Exhausted {
  std::string reason;
};
/// Nothing to propose until a further result is seen (hill climbing waits for its neighbourhood).
/// Allowed only while view.results() < view.proposals(); the driver asks again with more results
/// visible. It stays deterministic, since that further view is the one at which all earlier
/// proposals' results are in.
struct Wait {};

using Suggested = std::variant<Suggestion, Exhausted, Wait>;

class Searcher {
 public:
  virtual ~Searcher() = default;
  /// Equal views and streams give equal suggestions. Suggestions should be new (not View::known)
  /// and keep Space::violation empty; after a bounded number of tries it may give one that is not,
  /// which then costs nothing.
  [[nodiscard]] virtual Suggested propose(const View& view, Random& random) = 0;
  /// Ids (below view.results()) that any later proposal may name as a parent; the weights of all
  /// others may go.
  [[nodiscard]] virtual std::vector<std::size_t> possible_parents(const View& view) = 0;
};

/// Non-dominated (or, with one number, best) candidates of a view that keep every bound, by id,
/// best first objective first. One that was repeated counts once, by the mean of its evaluations.
/// For a history that grows, see growing_front.hpp.
[[nodiscard]] std::vector<std::size_t> front(const View& view, const Objectives& objectives);

}  // namespace lamarck::search
