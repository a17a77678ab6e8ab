#include "nn/training/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <vector>

#include "tests/catch.hpp"

using namespace lamarck::nn;

namespace {

std::vector<double> factors(const Schedule& schedule, std::size_t steps,
                            std::size_t steps_per_epoch = 1) {
  std::vector<double> all;
  for (std::size_t i = 0; i < steps; ++i)
    all.push_back(rate_factor(schedule, i, steps, steps_per_epoch));
  return all;
}

}  // namespace

TEST_CASE("a constant schedule is 1", "[training][schedule]") {
  for (const double f : factors({.kind = ScheduleKind::constant}, 20)) CHECK(f == 1.0);
}

TEST_CASE("a step schedule multiplies at each milestone", "[training][schedule]") {
  const Schedule s{.kind = ScheduleKind::step, .gamma = 0.5, .every = 2};
  const auto all = factors(s, 18, 3);  // 6 epochs of 3 steps; milestones after 2 and 4 epochs
  for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i] == (i < 6 ? 1.0 : i < 12 ? 0.5 : 0.25));
}

TEST_CASE("cosine goes from 1 to its floor", "[training][schedule]") {
  const Schedule s{.kind = ScheduleKind::cosine, .floor = 0.2};
  const auto all = factors(s, 5);
  // 0.2 + 0.8 (1 + cos(pi i / 4)) / 2
  CHECK(all[0] == Approx(1.0));
  CHECK(all[1] == Approx(0.2 + 0.4 * (1 + 0.70710678)));
  CHECK(all[2] == Approx(0.6));
  CHECK(all[3] == Approx(0.2 + 0.4 * (1 - 0.70710678)));
  CHECK(all[4] == Approx(0.2));
}

TEST_CASE("one cycle is PyTorch's", "[training][schedule]") {
  // torch.optim.lr_scheduler.OneCycleLR(SGD(lr=1), max_lr=1, total_steps=10, pct_start=0.3,
  // div_factor=25, final_div_factor=400), rates of the ten steps
  const std::vector<double> expected{0.04,       0.52,       1.0,        0.95048939, 0.81176373,
                                     0.61129934, 0.38880066, 0.18833627, 0.04961061, 0.0001};
  const auto all = factors({.kind = ScheduleKind::one_cycle}, 10);
  for (std::size_t i = 0; i < 10; ++i) CHECK(all[i] == Approx(expected[i]).epsilon(1e-6));
}

TEST_CASE("one cycle rises to its peak and falls", "[training][schedule]") {
  for (const double peak : {0.0, 0.1, 0.3, 0.5, 0.9, 1.0})
    for (const std::size_t steps : {1U, 2U, 3U, 7U, 100U, 1001U}) {
      INFO("peak at " << peak << " of " << steps);
      const auto all = factors({.kind = ScheduleKind::one_cycle, .peak_at = peak}, steps);
      const double top = *std::max_element(all.begin(), all.end());
      const auto at = std::find(all.begin(), all.end(), top);
      CHECK(std::is_sorted(all.begin(), at + 1));
      CHECK(std::is_sorted(at, all.end(), std::greater<>{}));
      CHECK(top == 1.0);
      const double rising = std::round(peak * static_cast<double>(steps) - 1);
      CHECK(at - all.begin() == static_cast<std::ptrdiff_t>(std::max(0.0, rising)));
      if (at + 1 != all.end()) CHECK(all.back() == Approx(1e-4));
      if (at != all.begin()) CHECK(all.front() == Approx(0.04));
    }
}

TEST_CASE("warm-up rises linearly and the rest follows", "[training][schedule]") {
  Schedule s{.kind = ScheduleKind::constant, .warmup = 0.4};
  CHECK(factors(s, 10)[0] == Approx(0.2));
  CHECK(factors(s, 10)[1] == Approx(0.4));
  CHECK(factors(s, 10)[3] == Approx(0.8));
  CHECK(factors(s, 10)[4] == 1.0);
  CHECK(factors(s, 10)[9] == 1.0);

  s.kind = ScheduleKind::cosine;
  const auto all = factors(s, 11);  // 4 steps up, then 7 down
  CHECK(all[3] == Approx(0.8));
  CHECK(all[4] == Approx(1.0));
  CHECK(all[7] == Approx(0.5));
  CHECK(all[10] == Approx(0.0).margin(1e-12));

  s = {.kind = ScheduleKind::one_cycle, .warmup = 0.4};  // has a rise of its own
  CHECK(factors(s, 10) == factors({.kind = ScheduleKind::one_cycle}, 10));
}

TEST_CASE("every factor lies between 0 and 1", "[training][schedule]") {
  for (const auto kind :
       {ScheduleKind::constant, ScheduleKind::step, ScheduleKind::cosine, ScheduleKind::one_cycle})
    for (const double warmup : {0.0, 0.1, 0.5, 0.99})
      for (std::size_t steps = 1; steps < 40; ++steps) {
        const auto all = factors({.kind = kind, .warmup = warmup, .every = 3}, steps, 4);
        for (const double f : all) REQUIRE((f >= 0 && f <= 1));
        // A network is never trained with nothing but a rate of 0.
        REQUIRE(*std::max_element(all.begin(), all.end()) > 0.1);
      }
}

TEST_CASE("a training of one step has factor 1", "[training][schedule]") {
  for (const auto kind :
       {ScheduleKind::constant, ScheduleKind::step, ScheduleKind::cosine, ScheduleKind::one_cycle})
    for (const double warmup : {0.0, 0.9})
      CHECK(rate_factor({.kind = kind, .warmup = warmup}, 0, 1, 1) == 1.0);
}

TEST_CASE("schedules out of range are refused", "[training][schedule]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refused = [](const Schedule& s) {
    CHECK_THROWS_AS(rate_factor(s, 0, 10, 1), std::invalid_argument);
  };
  refused({.warmup = 1.0});
  refused({.warmup = nan});
  refused({.gamma = -1});
  refused({.every = 0});
  refused({.floor = 2});
  refused({.peak_at = 1.1});
  refused({.start_factor = -0.1});
  refused({.end_factor = 1.1});
  CHECK_THROWS_AS(rate_factor({}, 10, 10, 1), std::invalid_argument);
  CHECK_THROWS_AS(rate_factor({}, 0, 0, 1), std::invalid_argument);
  CHECK_THROWS_AS(rate_factor({}, 0, 10, 0), std::invalid_argument);
}
