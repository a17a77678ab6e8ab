#include "search/curve_epochs.hpp"

#include <stdexcept>

#include "tests/catch.hpp"

using lamarck::search::CurveEpochs;

TEST_CASE("curves have a point after every epoch where nothing else is said", "[table]") {
  const CurveEpochs every;
  CHECK(every.at(0) == 1);
  CHECK(every.at(199) == 200);
  CHECK(every.points(0) == 0);
  CHECK(every.points(200) == 200);
  CHECK(every.most_points() > 1'000'000);
}

TEST_CASE("of the epochs recorded, those that have passed are points", "[table]") {
  const CurveEpochs some{{4, 12, 36}};
  for (std::size_t point = 0; point < some.most_points(); ++point) {
    CHECK(some.points(some.at(point) - 1) == point);
    CHECK(some.points(some.at(point)) == point + 1);
  }
  CHECK(some.most_points() == 3);
  CHECK(some.points(1000) == 3);
}

TEST_CASE("epochs begin with one and ascend", "[table]") {
  CHECK_THROWS_AS(CurveEpochs({0, 1}), std::invalid_argument);
  CHECK_THROWS_AS(CurveEpochs({-4}), std::invalid_argument);
  CHECK_THROWS_AS(CurveEpochs({1, 3, 3}), std::invalid_argument);
  CHECK_THROWS_AS(CurveEpochs({3, 1}), std::invalid_argument);
}
