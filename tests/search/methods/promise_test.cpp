// What a run has learnt: each candidate by its own results, wherever the window of those that the
// model learns from has slid to.
#include "search/methods/promise.hpp"

#include <optional>

#include "kernels/random.hpp"
#include "tests/catch.hpp"
#include "tests/support/toy_space.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

constexpr std::size_t kProposals = 640;  // more than the model learns from

// Samples of the space; every seventh fails. What is worth most has ones in front.
History sampled(const Space& space) {
  History history;
  for (std::size_t id = 0; id < kProposals; ++id) {
    Random random{7, "sample", id};
    const Genome genome = space.random(random).genome;
    history.add({.id = id, .genome = genome, .key = space.key(genome), .origin = "random"});
    double score = 0;
    for (std::size_t i = 0; i < genome.text.size(); ++i)
      if (genome.text[i] == '1') score += 1.0 / static_cast<double>(1 + i);
    Result result{.metrics = {{"score", score}}, .message = ""};
    if (id % 7 == 3) result = {.status = Status::failed, .message = "broken"};
    history.add(id, std::move(result));
  }
  return history;
}

Member member_of(const History& history, std::size_t id) {
  return {.id = id, .score = *score(kScore, history.result(id)->metrics)};
}

// How much better than the member the candidate is expected to be.
double gain(const Promise& promise, const Member& member, const Genome& genome) {
  return promise.against(std::span{&member, 1}).of(genome, 0);
}

std::vector<std::size_t> latest_done(const History& history, std::size_t results,
                                     std::size_t count) {
  std::vector<std::size_t> ids;
  for (std::size_t id = results; id-- > 0 && ids.size() < count;)
    if (history.result(id)->status == Status::done) ids.push_back(id);
  return ids;
}

}  // namespace

TEST_CASE("a member is believed to be worth what the model says of its own genome", "[promise]") {
  const BitSpace space{16};
  const History history = sampled(space);
  Promise promise{space, kScore};
  for (const std::size_t results :
       {std::size_t{40}, std::size_t{460}, std::size_t{530}, kProposals}) {
    promise.update(View{history, results, results});
    REQUIRE(promise.ready());
    std::optional<std::size_t> before;
    for (const std::size_t id : latest_done(history, results, 300)) {
      INFO(id << " of " << results);
      const Member member = member_of(history, id);
      const Genome& genome = history.proposal(id).genome;
      CHECK(gain(promise, member, genome) == Approx(0).margin(1e-6));
      // Another one is worth something else.
      if (before && history.proposal(*before).genome != genome)
        CHECK(std::abs(gain(promise, member, history.proposal(*before).genome)) > 1e-6);
      before = id;
    }
  }
}

TEST_CASE("what is known depends on the results seen and not on when", "[promise]") {
  const BitSpace space{16};
  const History history = sampled(space);
  Promise stepwise{space, kScore};
  for (std::size_t results = 1; results <= kProposals; ++results) {
    stepwise.update(View{history, results, results});
    if (results % 100 != 0 && results != kProposals) continue;
    Promise at_once{space, kScore};
    at_once.update(View{history, results, results});
    const Member member = member_of(history, latest_done(history, results, 1)[0]);
    for (std::uint64_t i = 0; i < 10; ++i) {
      Random random{3, "probe", i};
      const Genome genome = space.random(random).genome;
      CHECK(gain(stepwise, member, genome) == gain(at_once, member, genome));
      CHECK(stepwise.against(std::span{&member, 1}).of(genome, 3) >
            stepwise.against(std::span{&member, 1}).of(genome, 0));
    }
  }
  // A view that shows less again.
  stepwise.update(View{history, 90, 90});
  Promise less{space, kScore};
  less.update(View{history, 90, 90});
  const Member member = member_of(history, 81);
  CHECK(gain(stepwise, member, history.proposal(85).genome) ==
        gain(less, member, history.proposal(85).genome));
}

TEST_CASE("a member that was trained further counts by what it was at first", "[promise]") {
  const BitSpace space{16};
  History history = sampled(space);
  const Proposal first = history.proposal(600);
  history.add({.id = kProposals,
               .genome = first.genome,
               .key = first.key,
               .parents = {600},
               .origin = std::string{kPromote}});
  history.add(kProposals, {.metrics = {{"score", 100}}, .message = ""});
  Promise promise{space, kScore};
  promise.update(View{history, history.size(), history.size()});
  CHECK(gain(promise, member_of(history, kProposals), first.genome) == Approx(0).margin(1e-6));
}
