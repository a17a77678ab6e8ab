#include <cmath>
#include <limits>
#include <string>

#include "kernels/activation.hpp"
#include "tests/catch.hpp"

using namespace lamarck::kernels;

TEST_CASE("every activation is found by its name and by no other", "[activation]") {
  CHECK(all_activations().size() == 10);
  for (const Activation act : all_activations()) {
    CHECK(activation_named(name(act)) == act);
    CHECK_FALSE(activation_named(std::string{name(act)} + " "));
  }
  CHECK(name(Activation::hard_swish) == "hard_swish");
  CHECK_FALSE(activation_named(""));
  CHECK_FALSE(activation_named("ReLU"));
}

TEST_CASE("activations have their published values", "[activation]") {
  struct Row {
    Activation act;
    double x, y;
  };
  for (const Row& row :
       {Row{Activation::identity, -2.5, -2.5}, Row{Activation::relu, -2, 0},
        Row{Activation::relu, 3, 3}, Row{Activation::relu6, 7, 6}, Row{Activation::relu6, -1, 0},
        Row{Activation::leaky_relu, -2, -0.02}, Row{Activation::elu, -1, -0.6321205588},
        Row{Activation::elu, 2, 2}, Row{Activation::gelu, 1, 0.8413447461},
        Row{Activation::gelu, -1, -0.1586552539}, Row{Activation::silu, 1, 0.7310585786},
        Row{Activation::silu, -1, -0.2689414214}, Row{Activation::hard_swish, 1, 4.0 / 6},
        Row{Activation::hard_swish, -4, 0}, Row{Activation::hard_swish, 5, 5},
        Row{Activation::sigmoid, 2, 0.8807970780}, Row{Activation::tanh, 0.5, 0.4621171573}}) {
    CAPTURE(name(row.act), row.x);
    CHECK(apply(row.act, row.x) == Approx(row.y).margin(1e-9));
  }
}

TEST_CASE("derivatives are those of the functions, away from the kinks", "[activation]") {
  constexpr double kStep = 1e-5;
  for (const Activation act : all_activations())
    for (double x = -7.95; x < 8; x += 0.1) {  // no kink within a step
      CAPTURE(name(act), x);
      const double numeric = (apply(act, x + kStep) - apply(act, x - kStep)) / (2 * kStep);
      CHECK(derivative(act, x) == Approx(numeric).margin(1e-8));
    }
}

TEST_CASE("a derivative is told by the result where results that agree have one slope",
          "[activation]") {
  CHECK(derivative_from_dst(Activation::identity));
  for (const Activation act : all_activations()) {
    bool told = true;
    for (double x = -7.95; x < 8; x += 0.1)
      for (double y = -7.95; y < 8; y += 0.1)
        if (std::abs(apply(act, x) - apply(act, y)) < 0.01)
          told = told && std::abs(derivative(act, x) - derivative(act, y)) < 0.1;
    CAPTURE(name(act));
    CHECK(derivative_from_dst(act) == told);
  }
}

TEST_CASE("activations are finite far out", "[activation]") {
  for (const Activation act : all_activations())
    for (const double x : {-1e30, -1000.0, 1000.0, 1e30}) {
      CAPTURE(name(act), x);
      CHECK(std::isfinite(apply(act, x)));
      CHECK(std::isfinite(derivative(act, x)));
    }
}
