#include "kernels/activation.hpp"

#include <stdexcept>

#include "kernels/threads.hpp"
#include "tests/catch.hpp"
#include "tests/support/activation_layouts.hpp"
#include "tests/support/laid_out.hpp"

using namespace lamarck::kernels;
using namespace lamarck::test;
using lamarck::Random;

namespace {

void check_kernel(Activation f, Random& random) {
  std::vector<Layout> layouts{Layout::plain({5, 7}), Layout::plain({2, 3, 4}),
                              Layout::plain({100})};
  for (const Dims& dims : {Dims{1, 1, 1, 1}, Dims{2, 17, 3, 5}, Dims{2, 16, 4, 4}})
    for (const Layout& layout : activation_layouts(dims)) layouts.push_back(layout);
  for (const Layout& layout : layouts) {
    Values x = random_values(layout.elements(), random, -8, 8);
    x[0] = 1.5;  // one at least lies where f and f' are of size
    const Values dy = random_values(layout, random);
    Values y(x.size()), dx(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      y[i] = apply(f, x[i]);
      dx[i] = dy[i] * derivative(f, x[i]);
    }
    const ActivationKernel kernel(f, layout, true);
    const LaidOut src = lay(x, layout), diff_dst = lay(dy, layout);
    const LaidOut dst = rubbish(layout), diff_src = rubbish(layout);
    INFO(name(f) << " " << layout.text());
    kernel.forward(src.memory(), dst.memory()).run();
    CHECK(relative_error(read(dst), y) < 1e-4);
    CHECK(padding_is_zero(dst));
    const LaidOut& saved = kernel.in_place() ? dst : src;
    kernel.backward(saved.memory(), diff_dst.memory(), diff_src.memory()).run();
    CHECK(relative_error(read(diff_src), dx) < 1e-4);
    CHECK(padding_is_zero(diff_src));

    // Forward over its own src where allowed, backward over its own diff_dst always.
    if (kernel.in_place()) {
      kernel.forward(src.memory(), src.memory()).run();
      CHECK(read(src) == read(dst));
      CHECK(padding_is_zero(src));
    }
    kernel.backward(saved.memory(), diff_dst.memory(), diff_dst.memory()).run();
    CHECK(read(diff_dst) == read(diff_src));

    const LaidOut again = lay(x, layout), inferred = rubbish(layout);
    ActivationKernel(f, layout, false).forward(again.memory(), inferred.memory()).run();
    CHECK(relative_error(read(inferred), y) < 1e-4);
    CHECK(padding_is_zero(inferred));
  }
}

}  // namespace

TEST_CASE("activation kernels agree with the definition in every layout", "[activation]") {
  Random random{1};
  for (const Activation f : all_activations())
    if (f != Activation::identity) with_threads(1, [&] { check_kernel(f, random); });
  with_threads(3, [&] { check_kernel(Activation::sigmoid, random); });
}

TEST_CASE("the activations that read dst backward say so", "[activation]") {
  for (const Activation f : {Activation::relu, Activation::relu6, Activation::leaky_relu,
                             Activation::elu, Activation::sigmoid, Activation::tanh})
    CHECK(ActivationKernel(f, Layout::plain({8}), true).in_place());
  for (const Activation f : {Activation::gelu, Activation::silu, Activation::hard_swish})
    CHECK_FALSE(ActivationKernel(f, Layout::plain({8}), true).in_place());
}

TEST_CASE("activation kernels refuse what they cannot do", "[activation]") {
  const Layout layout = Layout::plain({4, 4});
  CHECK_THROWS_AS(ActivationKernel(Activation::identity, layout, true), std::invalid_argument);
  CHECK_THROWS_AS(ActivationKernel(Activation::relu, Layout{}, true), std::invalid_argument);
  CHECK_THROWS_AS(ActivationKernel(Activation::relu, Layout::plain({4}, DataType::u8), true),
                  std::invalid_argument);
  const LaidOut a = rubbish(layout), b = rubbish(Layout::plain({16}));
  const ActivationKernel trained(Activation::relu, layout, true);
  CHECK_THROWS_AS(trained.forward(a.memory(), b.memory()), std::invalid_argument);
  CHECK_THROWS_AS(trained.forward(a.memory(), {layout, nullptr}), std::invalid_argument);
  const ActivationKernel inference(Activation::relu, layout, false);
  CHECK_THROWS_AS(inference.backward(a.memory(), a.memory(), a.memory()), std::invalid_argument);
}
