// The best approximation by depthwise and pointwise filters.
#include <algorithm>
#include <cmath>

#include "tests/catch.hpp"
#include "tests/support/edited.hpp"
#include "tests/support/random_model.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

TEST_CASE("separate is the best approximation of its form and exact where one exists", "[edits]") {
  Model model = scattered_model(two_convs(), 3);
  const Model separated = apply(model, {.kind = "separate", .site = "b"});
  CHECK(std::get<Conv>(separated.architecture.node("b_dw").op).groups == 6);
  // Any other rank-one filters, such as the mean of the filters times their sizes, are further
  // away.
  const Tensor& w = model.weights.at("b.weight");
  const Tensor& deep = separated.weights.at("b_dw.weight");
  const Tensor& point = separated.weights.at("b.weight");
  double error = 0;
  double size = 0;
  for (int o = 0; o < 4; ++o)
    for (int c = 0; c < 6; ++c)
      for (int k = 0; k < 9; ++k) {
        const double exact = w.data[static_cast<std::size_t>((o * 6 + c) * 9 + k)];
        const double approximation =
            static_cast<double>(point.data[static_cast<std::size_t>(o * 6 + c)]) *
            deep.data[static_cast<std::size_t>(c * 9 + k)];
        error += (exact - approximation) * (exact - approximation);
        size += exact * exact;
      }
  CHECK(error < 0.75 * size);  // a rank of one of four holds at least a quarter of the energy

  // Filters that are of rank one come back exactly.
  for (int o = 0; o < 4; ++o)
    for (int c = 0; c < 6; ++c)
      for (int k = 0; k < 9; ++k)
        model.weights.at("b.weight").data[static_cast<std::size_t>((o * 6 + c) * 9 + k)] =
            static_cast<float>((o + 1) * 0.1 * std::sin(c * 9 + k));
  const Model exact = apply(model, {.kind = "separate", .site = "b"});
  CHECK(relative_difference(outputs(model, 1), outputs(exact, 1)) < 1e-5);
}

TEST_CASE("separating leaves a wide concatenation alone", "[edits]") {
  const auto a = parse(
      "  - {id: x, conv: {out: 8}}\n  - {id: y, conv: {out: 8}, from: input}\n"
      "  - {id: both, concat: [x, y]}\n  - {id: b, conv: {out: 4}}\n"
      "  - {id: pool, global_avg_pool: {}}\n  - {id: logits, dense: {out: 3}}\n");
  const auto& kind = edit_kind("separate");
  const auto at_b = [&](int most) {
    const auto sites = kind.sites(a, {.channel_step = 1, .max_channels = most});
    return std::any_of(sites.begin(), sites.end(), [](const Edit& e) { return e.site == "b"; });
  };
  CHECK(at_b(16));
  CHECK_FALSE(at_b(15));
}
