#include "search/halving.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "search/methods/population.hpp"

namespace lamarck::search {
namespace {

// How often the candidate has been promoted.
std::size_t rung_of(const View& view, std::size_t id) {
  std::size_t rung = 0;
  for (; view.proposal(id).origin == kPromote; ++rung) id = view.proposal(id).parents.front();
  return rung;
}

// Both kinds: what they share is the way from an inner proposal to the first rung, and from a
// candidate to the next.
class Halving : public Searcher {
 public:
  Halving(std::unique_ptr<Searcher> inner, Objectives objectives, HalvingOptions options)
      : inner_{std::move(inner)},
        objectives_{std::move(objectives)},
        options_{std::move(options)} {}

  Suggested propose(const View& view, Random& random) override {
    follow(view);
    Suggested next = next_promotion(view, false);
    if (!std::holds_alternative<Exhausted>(next)) return next;
    next = inner_->propose(view, random);
    if (std::holds_alternative<Exhausted>(next)) {
      if (view.results() < view.proposals()) return Wait{};  // it may still be promoted
      Suggested last = next_promotion(view, true);
      return std::holds_alternative<Exhausted>(last) ? next : last;
    }
    if (auto* suggestion = std::get_if<Suggestion>(&next))
      suggestion->epochs = options_.rungs.front();
    return next;
  }

  std::vector<std::size_t> possible_parents(const View& view) override {
    follow(view);
    std::vector<std::size_t> ids = inner_->possible_parents(view);
    const std::vector<std::size_t> more = promotable(view);
    ids.insert(ids.end(), more.begin(), more.end());
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
  }

 protected:
  /// Brings what is derived from the history up to date.
  virtual void follow(const View& view) = 0;
  /// A promotion, Wait, or Exhausted where a new candidate is to come; `last`: there will be none.
  virtual Suggested next_promotion(const View& view, bool last) = 0;
  /// Whose weights a later promotion may ask for.
  [[nodiscard]] virtual std::vector<std::size_t> promotable(const View& view) const = 0;

  [[nodiscard]] std::size_t rungs() const { return options_.rungs.size(); }
  [[nodiscard]] const HalvingOptions& options() const { return options_; }
  [[nodiscard]] const Objectives& objectives() const { return objectives_; }

  [[nodiscard]] Suggestion promotion(const View& view, std::size_t id, std::size_t rung) const {
    return {.variation = {.genome = view.proposal(id).genome, .parents = {id}},
            .origin = std::string{kPromote},
            .epochs = options_.rungs[rung + 1] - options_.rungs[rung]};
  }

 private:
  std::unique_ptr<Searcher> inner_;
  Objectives objectives_;
  HalvingOptions options_;
};

class Asynchronous final : public Halving {
 public:
  using Halving::Halving;

 private:
  struct Rung {
    std::size_t results = 0;      // so far, done or not
    std::vector<Member> members;  // best first
  };

  void follow(const View& view) override {
    if (view.results() < results_) {
      rungs_.clear();
      promoted_.clear();
      results_ = 0;
    }
    rungs_.resize(rungs());
    for (; results_ < view.results(); ++results_) {
      take(view, results_);
      note_promotion(view, results_, promoted_);
    }
    // Not kept from view to view: ids of open proposals may change (Synchronous::follow).
    under_way_.clear();
    for (std::size_t id = view.results(); id < view.proposals(); ++id)
      note_promotion(view, id, under_way_);
  }

  static void note_promotion(const View& view, std::size_t id, std::set<std::size_t>& promoted) {
    if (const Proposal& proposal = view.proposal(id); proposal.origin == kPromote)
      promoted.insert(proposal.parents.front());
  }
  [[nodiscard]] bool is_promoted(std::size_t id) const {
    return promoted_.count(id) > 0 || under_way_.count(id) > 0;
  }

  void take(const View& view, std::size_t id) {
    const Result& result = view.result(id);
    if (view.proposal(id).origin == kRepeat || result.status == Status::duplicate ||
        result.status == Status::rejected)
      return;
    Rung& rung = rungs_[rung_of(view, id)];
    ++rung.results;
    if (result.status != Status::done) return;
    auto scored = score(objectives(), result.metrics);
    if (!scored) return;
    rung.members.push_back({.id = id, .score = std::move(*scored)});
    rank_members(rung.members);
    if (rung.members.size() > kPromotable) rung.members.pop_back();
  }

  // From the highest rung down, the best that is among its best.
  Suggested next_promotion(const View& view, bool) override {
    for (std::size_t rung = rungs() - 1; rung-- > 0;) {
      const auto& members = rungs_[rung].members;
      const auto best =
          static_cast<std::size_t>(static_cast<double>(rungs_[rung].results) / options().eta);
      for (std::size_t i = 0; i < std::min(best, members.size()); ++i)
        if (!is_promoted(members[i].id)) return promotion(view, members[i].id, rung);
    }
    return Exhausted{};
  }

  [[nodiscard]] std::vector<std::size_t> promotable(const View&) const override {
    std::vector<std::size_t> ids;
    for (std::size_t rung = 0; rung + 1 < rungs_.size(); ++rung)
      for (const Member& member : rungs_[rung].members)
        if (!is_promoted(member.id)) ids.push_back(member.id);
    return ids;
  }

  std::size_t results_ = 0;  // taken in
  std::vector<Rung> rungs_;
  std::set<std::size_t> promoted_, under_way_;  // whose promotion has a result, and whose has not
};

class Synchronous final : public Halving {
 public:
  using Halving::Halving;

 private:
  // How many of a bracket reach a rung.
  [[nodiscard]] std::size_t room(std::size_t rung) const {
    const double top = std::pow(options().eta, static_cast<double>(rungs() - 1));
    const double begin = options().bracket > 0 ? options().bracket : std::round(top);
    const double left = begin / std::pow(options().eta, static_cast<double>(rung));
    return static_cast<std::size_t>(std::max(1.0, std::floor(left + 1e-9)));
  }

  // Where a simulation gives ids in the order in which evaluations finish, those of open proposals
  // change: what is kept from view to view is that of the others.
  void follow(const View& view) override {
    if (view.proposals() < settled_) {
      settled_stages_.clear();
      settled_ = 0;
    }
    if (settled_stages_.empty()) settled_stages_.resize(rungs());
    for (; settled_ < view.results(); ++settled_) take(view, settled_, settled_stages_);
    stages_ = settled_stages_;
    for (std::size_t id = settled_; id < view.proposals(); ++id) take(view, id, stages_);
  }

  using Stages = std::vector<std::vector<std::size_t>>;
  void take(const View& view, std::size_t id, Stages& stages) const {
    const Proposal& proposal = view.proposal(id);
    if (proposal.origin == kPromote) {
      stages[rung_of(view, id)].push_back(id);
    } else if (!again(proposal)) {
      if (stages.front().size() == room(0)) stages.assign(rungs(), {});
      stages.front().push_back(id);
    }
  }

  Suggested next_promotion(const View& view, bool last) override {
    if (stages_.front().size() < room(0) && !last) return Exhausted{};
    for (std::size_t rung = 0; rung + 1 < rungs(); ++rung) {
      if (stages_[rung].empty()) break;
      if (stages_[rung + 1].size() == room(rung + 1)) continue;
      if (view.results() <= stages_[rung].back()) return Wait{};
      for (const std::size_t id : ranked(view, rung))
        if (!is_promoted(view, id, rung)) return promotion(view, id, rung);
      // Fewer came through than there is room for.
    }
    return Exhausted{};
  }

  [[nodiscard]] bool is_promoted(const View& view, std::size_t id, std::size_t rung) const {
    const auto& next = stages_[rung + 1];
    return std::any_of(next.begin(), next.end(),
                       [&](std::size_t one) { return view.proposal(one).parents.front() == id; });
  }

  // Those of the rung that are done, best first.
  [[nodiscard]] std::vector<std::size_t> ranked(const View& view, std::size_t rung) const {
    std::vector<Member> members;
    for (const std::size_t id : stages_[rung])
      if (view.result(id).status == Status::done)
        if (auto scored = score(objectives(), view.result(id).metrics))
          members.push_back({.id = id, .score = std::move(*scored)});
    if (!members.empty()) rank_members(members);
    std::vector<std::size_t> ids;
    for (const Member& member : members) ids.push_back(member.id);
    return ids;
  }

  [[nodiscard]] std::vector<std::size_t> promotable(const View& view) const override {
    std::vector<std::size_t> ids;
    for (std::size_t rung = 0; rung + 1 < stages_.size(); ++rung)
      for (const std::size_t id : stages_[rung])
        if (id < view.results() && !is_promoted(view, id, rung)) ids.push_back(id);
    return ids;
  }

  std::size_t settled_ = 0;         // proposals taken in for good
  Stages settled_stages_, stages_;  // of the bracket under way: who got there
};

}  // namespace

std::vector<int> halving_rungs(int least, int most, double eta) {
  std::vector<int> rungs;
  for (double epochs = least; std::lround(epochs) < most; epochs *= eta) {
    const int rounded = static_cast<int>(std::lround(epochs));
    if (rungs.empty() || rungs.back() < rounded) rungs.push_back(rounded);
  }
  rungs.push_back(most);
  return rungs;
}

std::unique_ptr<Searcher> make_halving(std::unique_ptr<Searcher> inner,
                                       const Objectives& objectives,
                                       const HalvingOptions& options) {
  if (!inner) throw std::invalid_argument("halving: a searcher is needed");
  if (options.rungs.size() < 2 || options.rungs.front() < 1 ||
      std::adjacent_find(options.rungs.begin(), options.rungs.end(), std::greater_equal<>{}) !=
          options.rungs.end())
    throw std::invalid_argument("halving: rungs must be two or more, at least 1 and ascending");
  if (!(options.eta > 1)) throw std::invalid_argument("halving: eta must be above 1");
  if (options.bracket < 0) throw std::invalid_argument("halving: bracket must be at least 0");
  if (options.asynchronous)
    return std::make_unique<Asynchronous>(std::move(inner), objectives, options);
  return std::make_unique<Synchronous>(std::move(inner), objectives, options);
}

}  // namespace lamarck::search
