// Where a network can come from on the command line. Runs are the program's own tests.
#include "experiments/source.hpp"

#include "kernels/error.hpp"
#include "nn/blocks.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "tests/catch.hpp"
#include "tests/experiments/program.hpp"

using namespace lamarck;
using namespace lamarck::experiments;

TEST_CASE("shapes are three whole numbers", "[source]") {
  CHECK(shape_from_text("3x32x30") == nn::Shape{3, 32, 30});
  for (const char* wrong : {"", "3x32", "3x32x30x1", "0x8x8", "1x-8x8", "1x8x8 ", "axbxc"}) {
    INFO(wrong);
    CHECK_THROWS_AS(shape_from_text(wrong), ConfigError);
  }
}

TEST_CASE("built-in networks are made for the shape and files read as they are", "[source]") {
  const NetworkSource built = find_network("small-plain", "", {3, 20, 20}, 7);
  CHECK(built.architecture == nn::built_in("small-plain", {3, 20, 20}, 7));
  CHECK_FALSE(built.model);

  const lamarck::tests::TemporaryFolder folder;
  const auto yaml = folder.write("net.yaml", nn::to_yaml(built.architecture));
  CHECK(find_network(yaml, "", {1, 8, 8}, 2).architecture == built.architecture);

  const auto weights = folder.path() / "net.safetensors";
  nn::save_model(weights, nn::make_model(built.architecture, {}, 3), {{"note", "x"}});
  const NetworkSource model = find_model(weights, "");
  REQUIRE(model.model);
  CHECK(model.model->metadata.at("note") == "x");
  CHECK(model.architecture == built.architecture);
}

TEST_CASE("what is no network is told with what there is", "[source]") {
  const auto complaint = [](const std::string& what, const std::string& id, bool weights) {
    try {
      if (weights)
        static_cast<void>(find_model(what, id));
      else
        static_cast<void>(find_network(what, id, {1, 28, 28}, 10));
    } catch (const ConfigError& error) {
      return std::string{error.what()};
    }
    return std::string{"no complaint"};
  };
  CHECK(complaint("nowhere", "", false).find("small-plain") != std::string::npos);
  CHECK(complaint("small-plain", "3", false).find("goes with a run folder") != std::string::npos);
  CHECK(complaint("small-plain", "", true).find("lamarck train") != std::string::npos);
}
