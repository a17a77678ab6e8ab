// The made-up problems keep what they promise: a known best, a known front, the same every time.
#include "search/synthetic.hpp"

#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::search;

TEST_CASE("no candidate of a made-up problem beats its known best or front", "[synthetic]") {
  for (const auto& row : synthetic_problems()) {
    INFO(row.name);
    const KnownProblem problem = row.make(3);
    CHECK(problem.front.size() > 5);
    CHECK(problem.best == -problem.front.back()[1]);
    CHECK(problem.best < 1);
    Random random{1};
    double best = 0;
    for (int i = 0; i < 3000; ++i) {
      const Genome genome = problem.space->random(random).genome;
      const std::string key = problem.space->key(genome);
      const Point point{problem.space->costs(genome).at("macs"), -problem.accuracy(key)};
      best = std::max(best, -point[1]);
      const bool covered =
          std::any_of(problem.front.begin(), problem.front.end(),
                      [&](const auto& f) { return f[0] <= point[0] && f[1] <= point[1] + 1e-12; });
      CHECK(covered);
    }
    CHECK(best < problem.best);  // it is not that easy
    CHECK(best > 0.4);
  }
}

TEST_CASE("a made-up problem is the same for the same seed and noisy by the proposal's seed",
          "[synthetic]") {
  for (const auto& row : synthetic_problems()) {
    INFO(row.name);
    const KnownProblem a = row.make(1);
    const KnownProblem b = row.make(1);
    CHECK(a.front == b.front);
    CHECK(a.front != row.make(2).front);
    const Genome start = a.space->starts().front();
    const auto observed = [&](const KnownProblem& problem, std::uint64_t seed) {
      Proposal proposal{.genome = start, .key = a.space->key(start), .origin = "", .seed = seed};
      Candidate candidate;
      candidate.proposal = &proposal;
      return problem.evaluator->evaluate(candidate)->metrics.at("accuracy");
    };
    CHECK(observed(a, 5) == observed(b, 5));
    CHECK(observed(a, 5) != observed(a, 6));
    double mean = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) mean += observed(a, seed) / 400;
    CHECK(mean == Approx(a.accuracy(a.space->key(start))).margin(0.001));
  }
}
