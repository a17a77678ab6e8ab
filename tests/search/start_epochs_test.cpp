// Starts that are trained for longer.
#include "search/start_epochs.hpp"

#include "tests/catch.hpp"
#include "tests/support/searching.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

// Suggests what it is told.
class Fixed final : public Searcher {
 public:
  explicit Fixed(Suggested next) : next_{std::move(next)} {}
  Suggested propose(const View&, Random&) override { return next_; }
  std::vector<std::size_t> possible_parents(const View&) override { return {7}; }

 private:
  Suggested next_;
};

int epochs_of(Suggestion suggestion) {
  const auto searcher =
      make_longer_starts(std::make_unique<Fixed>(std::move(suggestion)), 5, {{"0011"}});
  const History history;
  Random random{1, "test"};
  return std::get<Suggestion>(searcher->propose({history, 0, 0}, random)).epochs;
}

}  // namespace

TEST_CASE("starts are trained for longer, and nothing else is", "[start_epochs]") {
  CHECK(epochs_of({{{"0011"}}, "start"}) == 5);
  CHECK(epochs_of({{{"0011"}}, std::string{kRepeat}}) == 5);
  CHECK(epochs_of({{{"0111"}}, "start"}) == 0);  // it came with weights
  CHECK(epochs_of({{{"0111"}}, "random"}) == 0);
  CHECK(epochs_of({{{"0011"}, {3}, {"flip 1"}}, "mutate"}) == 0);
  CHECK(epochs_of({{{"0011"}}, "start", 2}) == 2);
}

TEST_CASE("longer starts pass on what is no suggestion, and the parents", "[start_epochs]") {
  const History history;
  Random random{1, "test"};
  const auto ended = make_longer_starts(std::make_unique<Fixed>(Exhausted{"all seen"}), 5, {});
  CHECK(std::get<Exhausted>(ended->propose({history, 0, 0}, random)).reason == "all seen");
  const auto waits = make_longer_starts(std::make_unique<Fixed>(Wait{}), 5, {});
  CHECK(std::holds_alternative<Wait>(waits->propose({history, 0, 0}, random)));
  CHECK(waits->possible_parents({history, 0, 0}) == std::vector<std::size_t>{7});
  CHECK_THROWS_AS(make_longer_starts(nullptr, 5, {}), std::invalid_argument);
  CHECK_THROWS_AS(make_longer_starts(std::make_unique<Fixed>(Wait{}), 0, {}),
                  std::invalid_argument);
}

TEST_CASE("the epochs of longer starts count in a budget of epochs", "[start_epochs]") {
  const BitSpace space{12};
  const auto start = space.starts().front();
  const auto searcher =
      make_longer_starts(make_searcher(space, kScore, default_options("aging")), 5, {start});
  MemoryJournal journal;
  BitEvaluator evaluator;
  History history;
  const auto end = drive(space, *searcher, evaluator, kScore, journal, history,
                         {.seed = 3, .evaluations = 100, .epochs = 12, .epochs_each = 2});
  CHECK(end.stop == Stop::epochs);
  CHECK(history.epochs() == 5 + 2 * 4);
  for (std::size_t id = 0; id < history.size(); ++id)
    CHECK(history.proposal(id).epochs == (history.proposal(id).genome == start ? 5 : 2));
}
