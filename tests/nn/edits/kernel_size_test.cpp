// Kernels that grow and shrink.
#include <vector>

#include "tests/catch.hpp"
#include "tests/support/edited.hpp"
#include "tests/support/random_model.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

TEST_CASE("a grown kernel has the old one in its middle and shrinks back to it", "[edits]") {
  const Model model = scattered_model(two_convs(), 1);
  const Model grown = edited(model, "grow_kernel b");
  const auto& small = model.weights.at("b.weight").data;
  const Tensor& large = grown.weights.at("b.weight");
  REQUIRE(large.shape == std::vector<int>{4, 6, 5, 5});
  for (std::size_t filter = 0; filter < 24; ++filter)
    for (std::size_t y = 0; y < 5; ++y)
      for (std::size_t x = 0; x < 5; ++x) {
        const bool inside = y >= 1 && y <= 3 && x >= 1 && x <= 3;
        CHECK(large.data[(filter * 5 + y) * 5 + x] ==
              (inside ? small[(filter * 3 + y - 1) * 3 + x - 1] : 0.0F));
      }
  CHECK(edited(grown, "shrink_kernel b") == model);
}

TEST_CASE("kernels stop at 1 and at 7", "[edits]") {
  auto a = two_convs();
  a = edited(edited(a, "grow_kernel a"), "grow_kernel a");
  CHECK(std::get<Conv>(a.node("a").op).kernel == Extent{7, 7});
  CHECK_THROWS_AS(edited(a, "grow_kernel a"), std::invalid_argument);
  a = edited(a, "shrink_kernel b");
  CHECK(std::get<Conv>(a.node("b").op).kernel == Extent{1, 1});
  CHECK_THROWS_AS(edited(a, "shrink_kernel b"), std::invalid_argument);
  CHECK_THROWS_AS(edited(a, "grow_kernel pool"), std::invalid_argument);
  CHECK_THROWS_AS(edited(a, "grow_kernel b by=2"), std::invalid_argument);
}
