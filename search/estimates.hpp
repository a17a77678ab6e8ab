// What is believed of candidates that were evaluated several times: the mean of each metric. Most
// are evaluated once, and cost nothing here.
//
// Thread safety: a value.
#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <unordered_map>

#include "search/history.hpp"

namespace lamarck::search {

class Estimates {
 public:
  /// Takes in a result that is visible. Gives the candidate that it is about, by its first
  /// proposal, or nothing where it tells nothing new (not done, or a repeat of one that is not).
  std::optional<std::size_t> add(const View& view, std::size_t id);
  /// Of a candidate that is done, by its first proposal.
  [[nodiscard]] const Metrics& of(const View& view, std::size_t id) const;
  /// How often it was evaluated: the results that this rests on, and repeats that failed.
  [[nodiscard]] std::size_t attempts(std::size_t id) const;

 private:
  struct Repeated {
    std::size_t attempts = 1, count = 1;
    Metrics mean;
  };
  std::unordered_map<std::size_t, Repeated> repeated_;
};

/// Shows each candidate of a history that is done, by its first proposal, with what is believed of
/// it, in the order of ids; what has no result yet is left out.
void each_believed(const History& history,
                   const std::function<void(std::size_t id, const Metrics&)>& show);

}  // namespace lamarck::search
