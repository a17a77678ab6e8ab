// What a run has learnt about its space: an estimate of every objective of a candidate that has not
// been evaluated, and by how much it would better what is known.
//
// Costs that the space knows are not estimated; each other number that candidates are ranked by,
// and each other objective with a bound, has a Gaussian process on Space::features, learnt from the
// latest kMostLearnt results that are done. Failed ones teach it nothing, nor do those trained
// further (kPromote): a member that was counts by what it was at first, so that candidates are
// compared after as many epochs. Bad values are drawn in by a logarithm: how bad a failure is
// matters less than where the good ones are.
//
// Thread safety: a value; const functions may be called at once.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "search/methods/cost_scale.hpp"
#include "search/methods/population.hpp"
#include "search/methods/surrogate.hpp"

namespace lamarck::search {

class Promise {
 public:
  static constexpr std::size_t kMostLearnt = 384;

  Promise(const Space& space, const Objectives& objectives);

  /// Takes in the results that it has not seen; starts over where the view shows fewer than that.
  /// What it then knows depends on the view's results alone.
  void update(const View& view);
  /// Whether it has learnt enough to tell candidates apart.
  [[nodiscard]] bool ready() const { return learnt_ > 0; }

  /// The standard deviation of one evaluation about what a candidate is worth, of the first number
  /// that candidates are ranked by. \pre ready()
  [[nodiscard]] double noise() const { return models_.front().surrogate.noise(); }

  class Yardstick;
  /// What candidates are measured by: the best of these, or the front among them.
  /// \pre ready(); at least one member
  [[nodiscard]] Yardstick against(std::span<const Member> members) const;

 private:
  struct Model {
    std::optional<std::size_t> objective;  ///< that it is of; else the number to rank by
    bool known = false;                    ///< the space's costs tell this objective
    double median = 0, spread = 1;
    Surrogate surrogate{};
    [[nodiscard]] double bent(double value) const;
  };
  struct Learnt {
    std::size_t id;
    std::vector<double> features, values;
  };
  void rebuild(const View& view, std::size_t count);
  [[nodiscard]] Learnt example(const View& view, std::size_t number) const;
  [[nodiscard]] std::vector<double> values(const Metrics& metrics) const;  // a model
  [[nodiscard]] std::vector<double> estimated(const Member& member) const;

  const Space* space_;
  Objectives objectives_;
  CostScale scale_;
  std::size_t ranked_ = 0;  // models that candidates are ranked by; more are of bounds
  std::vector<Model> models_;
  std::size_t seen_ = 0;                                   // results
  std::vector<std::size_t> done_;                          // ids of results to learn from, in order
  std::unordered_map<std::size_t, std::size_t> promoted_;  // to what each of them was at first
  std::size_t built_ = 0, first_ = 0;  // of done_: how many there were when the models were shaped,
                                       // and where what they learnt begins
  std::size_t learnt_ = 0;             // of done_: how many the models have taken in
};

class Promise::Yardstick {
 public:
  /// How much better than what is known the candidate promises to be: with one number, by that
  /// number; with several, by how far, in units of the front's spread (of costs, by their
  /// logarithm), the member that comes
  /// closest to dominating it falls short. Positive: it is expected to improve on them. Where it is
  /// expected to miss a bound that they keep, it is worth less than any that is not; while none
  /// keeps the bounds, it is worth by how much less it misses them. `optimism`: how many standard
  /// deviations of doubt count in its favour.
  [[nodiscard]] double of(const Genome& genome, double optimism) const;

 private:
  friend class Promise;
  explicit Yardstick(const Promise& promise) : promise_{&promise}, scale_{promise.scale_} {}
  const Promise* promise_;
  CostScale scale_;
  [[nodiscard]] double gain(const std::vector<double>& point) const;
  std::vector<Point> front_;
  std::vector<double> spread_;
  double violation_ = 0;  // the least among the members
};

}  // namespace lamarck::search
