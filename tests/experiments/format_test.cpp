#include "experiments/format.hpp"

#include <limits>

#include "tests/catch.hpp"

using namespace lamarck::experiments;

TEST_CASE("numbers are shown with three figures and a suffix", "[format]") {
  CHECK(short_number(0) == "0");
  CHECK(short_number(950) == "950");
  CHECK(short_number(999.7) == "1.00 k");
  CHECK(short_number(1234567) == "1.23 M");
  CHECK(short_number(45600) == "45.6 k");
  CHECK(short_number(99950) == "100 k");
  CHECK(short_number(2e9) == "2.00 G");
  CHECK(short_number(std::numeric_limits<double>::infinity()) == "inf");
}

TEST_CASE("bytes and durations read well", "[format]") {
  CHECK(short_bytes(1023) == "1023 B");
  CHECK(short_bytes(1536) == "1.5 KiB");
  CHECK(short_bytes(200 * 1024.0 * 1024) == "200 MiB");
  CHECK(short_duration(5.25) == "5.2s");
  CHECK(short_duration(75) == "1m15s");
  CHECK(short_duration(4000) == "1h06m");
}

TEST_CASE("tables align numbers to the right and words to the left", "[format]") {
  const std::string text = table({"id", "name"}, {{"1", "a"}, {"200", "long"}});
  CHECK(text == " id  name\n  1  a\n200  long\n");
  CHECK(table({"a"}, {}) == "a\n");
}

TEST_CASE("a sparkline spans lowest to highest", "[format]") {
  CHECK(sparkline({0, 1}) == "▁█");
  CHECK(sparkline({2, 2}) == "██");
  CHECK(sparkline({}).empty());
}
