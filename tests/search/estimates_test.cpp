#include "search/estimates.hpp"

#include "search/objectives.hpp"
#include "search/searcher.hpp"
#include "tests/catch.hpp"
#include "tests/support/toy_space.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

// Candidates by key, with scores; the second of a key is a repeat.
History repeated(const std::vector<std::pair<std::string, Result>>& all) {
  History history;
  for (std::size_t id = 0; id < all.size(); ++id) {
    const std::string& key = all[id].first;
    const bool again = history.find(key).has_value();
    history.add(
        {.id = id, .genome = {key}, .key = key, .origin = again ? std::string{kRepeat} : "start"});
    history.add(id, all[id].second);
  }
  return history;
}

Result scored(double score) { return {.metrics = {{"score", score}}, .message = ""}; }
Result failed() { return {.status = Status::failed, .metrics = {}, .message = "for a test"}; }

}  // namespace

TEST_CASE("a candidate is believed to be worth the mean of its evaluations", "[estimates]") {
  const History history = repeated({{"a", scored(1)},
                                    {"b", scored(0.75)},
                                    {"a", scored(0.5)},
                                    {"a", failed()},
                                    {"a", scored(0.3)},
                                    {"c", failed()},
                                    {"c", scored(2)}});
  const View view{history, history.size(), history.size()};
  Estimates estimates;
  std::vector<std::optional<std::size_t>> told;
  for (std::size_t id = 0; id < history.size(); ++id) told.push_back(estimates.add(view, id));
  using Ids = std::vector<std::optional<std::size_t>>;
  // A repeat that failed tells nothing, and neither does one of a candidate that failed.
  CHECK(told == Ids{0, 1, 0, std::nullopt, 0, std::nullopt, std::nullopt});
  CHECK(estimates.of(view, 0).at("score") == Approx(0.6));
  CHECK(estimates.attempts(0) == 4);  // the failed one too
  CHECK(estimates.of(view, 1).at("score") == 0.75);
  CHECK(estimates.attempts(1) == 1);
  std::vector<std::pair<std::size_t, double>> all;
  each_believed(history, [&](std::size_t id, const Metrics& metrics) {
    all.emplace_back(id, metrics.at("score"));
  });
  REQUIRE(all.size() == 2);
  CHECK(all[0].first == 0);
  CHECK(all[0].second == Approx(0.6));
  CHECK(all[1] == std::pair<std::size_t, double>{1, 0.75});
}

TEST_CASE("luck leaves the front when repeats show it to be luck", "[estimates]") {
  const History history =
      repeated({{"a", scored(1)}, {"b", scored(0.75)}, {"a", scored(0.25)}, {"a", scored(0.25)}});
  CHECK(front(View{history, 2, 2}, kScore) == std::vector<std::size_t>{0});
  CHECK(front(View{history, 4, 4}, kScore) == std::vector<std::size_t>{1});
}
