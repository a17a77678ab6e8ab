#include "nn/formats/yaml.hpp"
#include "tests/catch.hpp"

using lamarck::nn::nearest;

TEST_CASE("the nearest word is within a third of its length in edits", "[nearest]") {
  const std::vector<std::string> words{"population", "evaluations", "method", "id", "act"};
  CHECK(nearest("populaton", words) == "population");
  CHECK(nearest("popualtion", words) == "population");  // a swap is one edit
  CHECK(nearest("Method", words) == "method");
  CHECK(nearest("metod", words) == "method");
  CHECK(nearest("evalutaion", words) == "evaluations");
  CHECK(nearest("cup", words) == std::nullopt);
  CHECK(nearest("ax", words) == std::nullopt);
  CHECK(nearest("", words) == std::nullopt);
  CHECK(nearest("populate", {}) == std::nullopt);
  CHECK(nearest(std::string(10000000, 'p'), words) == std::nullopt);
  CHECK(nearest("train", {"brain", "drain"}) == "brain");  // the first of equals
}
