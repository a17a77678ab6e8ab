// What every method does where there is nothing to find: an honest end, never a hang.
#include <algorithm>

#include "kernels/error.hpp"
#include "tests/catch.hpp"
#include "tests/support/searching.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;

namespace {

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const MethodRow& row : methods()) names.emplace_back(row.name);
  return names;
}

// A space of a single genome.
class Single final : public Space {
 public:
  std::vector<Genome> starts() const override { return {{"1"}}; }
  Variation random(Random&) const override { return {.genome = {"1"}}; }
  std::optional<Variation> mutate(const Genome&, Random&) const override { return {}; }
  std::optional<Variation> crossover(const Genome&, const Genome&, Random&) const override {
    return {};
  }
  std::vector<Variation> neighbours(const Genome&) const override { return {}; }
  std::string key(const Genome& genome) const override { return genome.text; }
  Metrics costs(const Genome&) const override { return {{"ones", 1}}; }
  std::optional<std::string> violation(const Genome&) const override { return {}; }
  std::optional<double> size() const override { return 1; }
  std::optional<Genome> nth(std::uint64_t number) const override {
    if (number > 0) return std::nullopt;
    return Genome{"1"};
  }
};

// Ones everywhere, and none allowed but in the start.
class AllBeyond final : public Space {
 public:
  std::vector<Genome> starts() const override { return bits_.starts(); }
  Variation random(Random& random) const override { return bits_.random(random); }
  std::optional<Variation> mutate(const Genome& genome, Random& random) const override {
    return bits_.mutate(genome, random);
  }
  std::optional<Variation> crossover(const Genome& a, const Genome& b,
                                     Random& random) const override {
    return bits_.crossover(a, b, random);
  }
  std::vector<Variation> neighbours(const Genome& genome) const override {
    return bits_.neighbours(genome);
  }
  std::string key(const Genome& genome) const override { return genome.text; }
  Metrics costs(const Genome& genome) const override { return bits_.costs(genome); }
  std::optional<std::string> violation(const Genome&) const override { return "beyond"; }
  std::optional<double> size() const override { return bits_.size(); }
  std::optional<Genome> nth(std::uint64_t number) const override { return bits_.nth(number); }

 private:
  BitSpace bits_{6};
};

}  // namespace

TEST_CASE("every method ends with a reason in a space of one genome", "[methods]") {
  for (const auto& method : names()) {
    INFO(method);
    const auto [history, end] = searched(Single{}, kScore, default_options(method), 50);
    CHECK(history.evaluations() == 1);
    CHECK(end.stop == Stop::exhausted);
    CHECK_FALSE(end.reason.empty());
  }
}

TEST_CASE("every method ends with a reason where all candidates are beyond the limits",
          "[methods]") {
  for (const auto& method : names()) {
    INFO(method);
    const auto [history, end] = searched(AllBeyond{}, kScore, default_options(method), 50);
    CHECK(history.evaluations() == 0);
    CHECK(end.stop == Stop::exhausted);
    CHECK_FALSE(end.reason.empty());
  }
}

TEST_CASE("every method goes through its budget where every evaluation fails", "[methods]") {
  const BitSpace space{5};
  for (const auto& method : names()) {
    INFO(method);
    for (const std::size_t evaluations : {20U, 100U}) {
      const auto options = default_options(method);
      MemoryJournal journal;
      History history;
      struct Failing final : Evaluator {
        std::optional<Result> evaluate(const Candidate&) override {
          throw std::runtime_error("always");
        }
      } evaluator;
      const auto searcher = make_searcher(space, kScore, options);
      const DriverEnd end = drive(space, *searcher, evaluator, kScore, journal, history,
                                  {.evaluations = evaluations, .lookahead = 3});
      CHECK(history.evaluations() == std::min<std::size_t>(evaluations, 32));
      CHECK(end.stop == (evaluations < 32 ? Stop::evaluations : Stop::exhausted));
    }
  }
}

TEST_CASE("no method names a parent that failed", "[methods]") {
  const BitSpace space{10};
  for (const auto& method : names()) {
    for (const char* failing : {"0", "00", "1"}) {  // the start among them, but for the last
      INFO(method << ", failing " << failing);
      const History history =
          searched(space, kScoreAndOnes, default_options(method), 80, 3, 4, failing).history;
      for (std::size_t id = 0; id < history.size(); ++id)
        for (const std::size_t parent : history.proposal(id).parents)
          CHECK(history.result(parent)->status == Status::done);
    }
  }
}

TEST_CASE("every method gives the same suggestion for the same view and stream", "[methods]") {
  const BitSpace space{10, 8};
  for (const auto& method : names())
    for (const Objectives& objectives : {kScore, kScoreAndOnes}) {
      INFO(method);
      const auto options = default_options(method);
      const History history = searched(space, objectives, options, 120, 8).history;
      CHECK(history.size() > 100);
      CHECK(cache_equals_recomputation(space, objectives, options, history, 4));
    }
}

TEST_CASE("every method uses a small space up", "[methods]") {
  const BitSpace space{6, 4};
  for (const auto& method : names()) {
    INFO(method);
    const auto [history, end] = searched(space, kScoreAndOnes, default_options(method), 1000, 3);
    CHECK(history.size() == 57);
    CHECK(end.stop == Stop::exhausted);
  }
}

TEST_CASE("possible parents of every method hold all later parents", "[methods]") {
  const BitSpace space{14, 10};
  for (const auto& method : names()) {
    INFO(method);
    const auto options = default_options(method);
    const History history = searched(space, kScoreAndOnes, options, 100, 6).history;
    const auto searcher = make_searcher(space, kScoreAndOnes, options);
    for (std::size_t seen = 10; seen + 10 < history.size(); seen += 7) {
      const auto possible = searcher->possible_parents(View{history, seen + 4, seen});
      for (std::size_t id = seen + 4; id < history.size(); ++id)
        for (const auto parent : history.proposal(id).parents) {
          if (parent >= seen) continue;
          CHECK(std::find(possible.begin(), possible.end(), parent) != possible.end());
        }
    }
  }
}
