// What an inserted block promises beyond what all edits do.
#include <vector>

#include "nn/network/network.hpp"
#include "tests/catch.hpp"
#include "tests/support/edited.hpp"
#include "tests/support/random_model.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

namespace {

std::vector<float> training_outputs(const Model& model) {
  Network network{model, {.batch = 4}};
  Random random{9, "images"};
  for (float& x : network.input()) x = static_cast<float>(random.normal());
  network.forward();
  return {network.output().begin(), network.output().end()};
}

}  // namespace

TEST_CASE("an inserted residual block is equal in training mode too", "[edits]") {
  for (const char* kind : {"basic", "bottleneck", "inverted", "separable"}) {
    INFO(kind);
    const Model model = scattered_model(two_convs(), 2);
    const Model grown =
        apply(model, {.kind = "insert_residual", .site = "a", .args = {{"kind", kind}}, .seed = 4});
    const auto before = training_outputs(model);
    const auto after = training_outputs(grown);
    REQUIRE(before.size() == after.size());
    for (std::size_t i = 0; i < before.size(); ++i)
      CHECK(after[i] == Approx(before[i]).margin(1e-4));
  }
}
