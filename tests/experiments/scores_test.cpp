// A network's scores as JSON with stable keys, and as text.
#include "experiments/scores.hpp"

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::experiments;
using Json = nlohmann::json;

namespace {

nn::Score of_classes() {
  nn::Classification c;
  c.examples = 4;
  c.accuracy = 0.75;
  c.loss = 0.5;
  c.k = 2;
  c.top_k = 1;
  c.per_class = {{.precision = 1, .recall = 0.5, .f1 = 2.0 / 3, .support = 2},
                 {.precision = 2.0 / 3, .recall = 1, .f1 = 0.8, .support = 2}};
  c.confusion = {{1, 1}, {0, 2}};
  nn::Score score;
  score.score = 0.75;
  score.loss = 0.5;
  score.classes = c;
  return score;
}

}  // namespace

TEST_CASE("scores of classes have stable keys", "[scores]") {
  const Json json = Json::parse(score_json(of_classes(), {"cat", "dog"}, {{"network", "mine"}}));
  CHECK(json["network"] == "mine");
  CHECK(json["accuracy"] == 0.75);
  CHECK(json["loss"] == 0.5);
  for (const char* key : {"examples", "top_k", "k", "precision", "recall", "f1",
                          "calibration_error", "entropy", "confusion"})
    CHECK(json.contains(key));
  REQUIRE(json["per_class"].size() == 2);
  CHECK(json["per_class"][1]["class"] == "dog");
  CHECK(json["confusion"] == Json{{1, 1}, {0, 2}});
}

TEST_CASE("text names the class that each is most often taken for", "[scores]") {
  const std::string text = score_text(of_classes(), {"cat"});
  INFO(text);
  CHECK(text.find("4 examples: accuracy 75.00 %, top-2 100.00 %") == 0);
  const auto row = text.find("\ncat");
  REQUIRE(row != std::string::npos);
  CHECK(text.substr(row, text.find('\n', row + 1) - row).find("1 (1)") != std::string::npos);
  // Never taken for another; without a name its number.
  const auto last = text.find("\n1 ");
  REQUIRE(last != std::string::npos);
  CHECK(text.substr(last).find("-\n") != std::string::npos);
}

TEST_CASE("numeric targets have their own scores", "[scores]") {
  nn::Score score;
  score.loss = 0.25;
  score.numbers = nn::Regression{};
  score.numbers->mse = 0.25;
  score.numbers->r2 = 0.9;
  const Json json = Json::parse(score_json(score, {}, {}));
  CHECK(json["r2"] == 0.9);
  CHECK(json["mse"] == 0.25);
  CHECK(json["loss"] == 0.25);
  CHECK_FALSE(json.contains("accuracy"));
  CHECK(score_text(score, {}).find("R2 0.9000") != std::string::npos);
}
