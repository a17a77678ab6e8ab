#include "search/known_problem.hpp"

#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::search;

namespace {

// Four candidates by name; the noise-free accuracies are a 0.5, b 0.7, c 0.8, d 0.9.
KnownProblem problem() {
  KnownProblem made;
  made.accuracy = [](const std::string& key) {
    return key == "a" ? 0.5 : key == "b" ? 0.7 : key == "c" ? 0.8 : 0.9;
  };
  made.best = 0.9;
  made.front = {{1, -0.5}, {2, -0.8}, {4, -0.9}};
  made.reference = {5, -0.4};
  return made;
}

void add(History& history, const std::string& key, Result result) {
  const std::size_t id = history.size();
  history.add({.id = id, .genome = {key}, .key = key, .origin = ""});
  history.add(id, std::move(result));
}

Result done(double accuracy, double macs) {
  return {.metrics = {{"accuracy", accuracy}, {"macs", macs}}, .message = ""};
}

History example() {
  History history;
  add(history, "b", done(0.75, 3));
  add(history, "b", {.status = Status::duplicate, .metrics = {}, .message = "", .duplicate_of = 0});
  add(history, "c", done(0.74, 2));  // better in truth, but it was unlucky
  add(history, "x", {.status = Status::failed, .metrics = {}, .message = ""});
  add(history, "y", {.status = Status::rejected, .metrics = {}, .message = ""});
  add(history, "d", done(0.95, 4));
  return history;
}

const std::vector<std::size_t> kBudgets{1, 2, 3, 4, 10};

}  // namespace

TEST_CASE("regret is that of the incumbent by observed accuracy at each budget",
          "[known_problem]") {
  const auto found = regrets(problem(), example(), kBudgets);
  REQUIRE(found.size() == 5);
  CHECK(found[0] == Approx(0.2));
  CHECK(found[1] == Approx(0.2));  // b still looks best
  CHECK(found[2] == Approx(0.2));  // a failed one counts
  CHECK(found[3] == Approx(0.0).margin(1e-12));
  CHECK(found[4] == found[3]);  // it ended there
  CHECK(regrets(problem(), History{}, kBudgets)[0] == Approx(0.9));
}

TEST_CASE("hypervolume is of the observed front at its true accuracies", "[known_problem]") {
  // The true front: (5-1)*0.1 + (5-2)*0.3 + (5-4)*0.1.
  const double whole = 0.4 + 0.9 + 0.1;
  const auto found = hypervolume_ratios(problem(), example(), kBudgets);
  CHECK(found[0] == Approx(2 * 0.3 / whole));
  // b and c seem to trade off; in truth c alone counts.
  CHECK(found[1] == Approx(3 * 0.4 / whole));
  CHECK(found[3] == Approx((3 * 0.4 + 0.1) / whole));
  CHECK(hypervolume_ratios(problem(), History{}, kBudgets)[4] == 0);
}
