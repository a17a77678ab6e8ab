// What a network compiles to, as people and scripts see it.
#include "experiments/plan.hpp"

#include <nlohmann/json.hpp>

#include "nn/blocks.hpp"
#include "nn/model.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::experiments;
using Json = nlohmann::json;

namespace {

nn::Model model() { return nn::make_model(nn::built_in("small-residual", {1, 12, 12}, 3), {}, 1); }

}  // namespace

TEST_CASE("a plan lists every step of both passes", "[plan]") {
  const Plan plan = make_plan(model(), {.batch = 4});
  const Json json = Json::parse(plan_json(plan));
  CHECK(json["batch"] == 4);
  CHECK(json["arena_bytes"] == plan.arena_bytes);
  REQUIRE(json["steps"].size() == plan.rows.size());
  std::size_t backward = 0, reorders = 0;
  for (const auto& step : json["steps"]) {
    backward += step["pass"] == "backward";
    reorders += step["step"].get<std::string>().starts_with("reorder");
    CHECK_FALSE(step.contains("seconds"));
  }
  CHECK(backward > 0);
  CHECK(backward < plan.rows.size());
  CHECK(json["reorders"] == reorders);
  CHECK(plan_text(plan).find("images/s") == std::string::npos);
}

TEST_CASE("inference has no backward pass and no normalisation of its own", "[plan]") {
  for (const auto& row : make_plan(model(), {.batch = 2, .training = false}).rows) {
    CHECK(row.pass == "forward");
    CHECK(row.step.find("batch norm") == std::string::npos);
  }
}

TEST_CASE("shares of a timed plan add up to the whole", "[plan]") {
  const Plan plan = make_plan(model(), {.batch = 2, .rounds = 3});
  const Json json = Json::parse(plan_json(plan));
  double sum = 0;
  for (const auto& step : json["steps"]) {
    CHECK(step["seconds"].get<double>() >= 0);
    sum += step["share"].get<double>();
  }
  CHECK(sum == Approx(1.0));
  // A training step is more than its two passes; all of it is in the shares.
  CHECK(json["steps"][json["steps"].size() - 2]["pass"] == "loss");
  CHECK(json["steps"].back()["pass"] == "update");
  CHECK(json["whole_seconds"].get<double>() > 0);
  const std::string text = plan_text(plan);
  INFO(text);
  CHECK(text.find("images/s") != std::string::npos);
  // Kinds of steps without their sizes.
  CHECK(text.find("\nconv forward ") != std::string::npos);
  CHECK(text.find("\nconv backward weights ") != std::string::npos);
}
