#include "nn/network/latency.hpp"

#include <sched.h>

#include <thread>

#include "nn/blocks.hpp"
#include "tests/catch.hpp"

using namespace lamarck::nn;

TEST_CASE("latency comes in units of the reference", "[latency]") {
  // Whatever runs beside it, a network takes as long as itself.
  const LatencyMeter meter{0.5};
  CHECK(meter.reference_seconds() == 0.5);
  const double itself = meter.measure(latency_reference());
  CHECK(itself > 0.5 / 1.5);
  CHECK(itself < 0.5 * 1.5);
  CHECK_THROWS_AS(LatencyMeter{0}, std::invalid_argument);
}

TEST_CASE("a network of many more multiply-adds takes longer", "[latency]") {
  const LatencyMeter meter;
  CHECK(meter.reference_seconds() > 0);
  const double small = meter.measure(make_model(built_in("tiny-plain", {1, 28, 28}, 10), {}, 1));
  const double large = meter.measure(make_model(built_in("resnet20", {3, 32, 32}, 10), {}, 1));
  CHECK(large > 2 * small);
}

TEST_CASE("latency without Winograd's method is measured too", "[latency]") {
  const LatencyMeter meter{1};
  CHECK(meter.measure(latency_reference(), false) > 0);
}

TEST_CASE("measuring leaves the thread where it may run as before", "[latency]") {
  cpu_set_t before, after;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  static_cast<void>(LatencyMeter{1}.measure(latency_reference()));
  REQUIRE(sched_getaffinity(0, sizeof after, &after) == 0);
  CHECK(CPU_EQUAL(&before, &after));
}
