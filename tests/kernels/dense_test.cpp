#include "kernels/dense.hpp"

#include <stdexcept>

#include "kernels/error.hpp"
#include "tests/catch.hpp"
#include "tests/support/activation_layouts.hpp"
#include "tests/support/reference_convolution.hpp"

using namespace lamarck::kernels;
using namespace lamarck::test;
using lamarck::Random;

namespace {

constexpr double kTolerance = 1e-4;

/// A dense layer is a convolution whose kernel is the whole image.
ConvProblem as_convolution(const DenseProblem& p) {
  return {.batch = p.batch,
          .in_channels = p.in_channels,
          .in_height = p.in_height,
          .in_width = p.in_width,
          .out_channels = p.out_channels,
          .kernel_height = p.in_height,
          .kernel_width = p.in_width,
          .bias = p.bias};
}

const std::vector<DenseProblem> kProblems{
    {.batch = 1, .in_channels = 1, .out_channels = 1},
    {.batch = 1, .in_channels = 17, .out_channels = 10},
    {.batch = 7, .in_channels = 3, .out_channels = 5, .bias = false},
    {.batch = 64, .in_channels = 64, .out_channels = 10},
    {.batch = 5, .in_channels = 100, .out_channels = 33},
    {.batch = 4, .in_channels = 16, .in_height = 4, .in_width = 4, .out_channels = 10},
    {.batch = 3, .in_channels = 17, .in_height = 3, .in_width = 5, .out_channels = 12},
    {.batch = 2, .in_channels = 1, .in_height = 6, .in_width = 2, .out_channels = 8, .bias = false},
};

void check_all(const DenseProblem& p, const Layout& src_layout, DataType type = DataType::f32) {
  const ConvProblem reference = as_convolution(p);
  Random random{3};
  const auto some = [&](std::size_t count) {
    const Values values = random_values(count, random);
    return type == DataType::bf16 ? rounded(values) : values;
  };
  const Values src = some(src_size(reference)), weights = some(weights_size(reference));
  const Values bias = random_values(static_cast<std::size_t>(p.out_channels), random);
  const Values diff_dst = some(dst_size(reference));

  const Dense dense(p, {.src = src_layout, .type = type});
  const Layout vector = Layout::plain({p.out_channels});
  const Buffer scratch(dense.scratch_bytes());
  const auto& f = dense.forward_layouts();
  INFO("dense " << p.text() << " " << f.src.text());
  if (!src_layout.empty()) CHECK(f.src == src_layout);
  CHECK(f.dst.dims() == Dims{p.batch, p.out_channels});
  const LaidOut dst = rubbish(f.dst);
  const LaidOut x = lay(src, f.src), w = lay(weights, f.weights), b = lay(bias, vector);
  dense.forward(x.memory(), w.memory(), b.memory(), dst.memory(), scratch.data()).run();
  CHECK(relative_error(read(dst), convolve(reference, src, weights, bias)) < tolerance(f.dst));

  const auto& d = dense.backward_data_layouts();
  const LaidOut dy = lay(diff_dst, d.diff_dst), wd = lay(weights, d.weights);
  const LaidOut diff_src = rubbish(d.diff_src);
  dense.backward_data(dy.memory(), wd.memory(), diff_src.memory(), scratch.data()).run();
  CHECK(relative_error(read(diff_src), convolve_backward_data(reference, diff_dst, weights)) <
        tolerance(d.diff_src));
  CHECK(padding_is_zero(diff_src));

  const auto& g = dense.backward_weights_layouts();
  const LaidOut xg = lay(src, g.src), dyg = lay(diff_dst, g.diff_dst);
  const LaidOut diff_weights = rubbish(g.diff_weights), diff_bias = rubbish(vector);
  dense
      .backward_weights(xg.memory(), dyg.memory(), diff_weights.memory(), diff_bias.memory(),
                        scratch.data())
      .run();
  CHECK(relative_error(read(diff_weights), convolve_backward_weights(reference, src, diff_dst)) <
        kTolerance);
  CHECK(padding_is_zero(diff_weights));
  if (p.bias)
    CHECK(relative_error(read(diff_bias), convolve_backward_bias(reference, diff_dst)) <
          kTolerance);
}

}  // namespace

TEST_CASE("a dense layer and its gradients agree with the definition", "[dense]") {
  for (const DenseProblem& p : kProblems) {
    check_all(p, {});
    check_all(p, {}, DataType::bf16);
  }
}

TEST_CASE("a dense layer reads an image in any order", "[dense]") {
  for (const DenseProblem& p : kProblems)
    for (const Layout& src : activation_layouts({p.batch, p.in_channels, p.in_height, p.in_width}))
      for (const DataType type : {DataType::f32, DataType::bf16}) check_all(p, src.as(type), type);
}

TEST_CASE("an activation fused into a dense layer is applied after the bias", "[dense]") {
  const DenseProblem p{.batch = 3, .in_channels = 9, .out_channels = 7};
  const ConvProblem reference = as_convolution(p);
  for (const Activation f : all_activations())
    for (const Pass pass : {Pass::inference, Pass::training}) {
      if (pass == Pass::training && !derivative_from_dst(f)) continue;
      Random random{4};
      const Dense dense(p, {.pass = pass, .activation = f});
      const auto& want = dense.forward_layouts();
      const Values src = random_values(want.src, random),
                   weights = random_values(want.weights, random);
      const Values bias = random_values(want.bias, random);
      const LaidOut x = lay(src, want.src), w = lay(weights, want.weights),
                    b = lay(bias, want.bias);
      const LaidOut dst = rubbish(want.dst);
      const Buffer scratch(dense.scratch_bytes());
      dense.forward(x.memory(), w.memory(), b.memory(), dst.memory(), scratch.data()).run();
      Values expected = convolve(reference, src, weights, bias);
      for (double& v : expected) v = apply(f, v);
      INFO(name(f));
      CHECK(relative_error(read(dst), expected) < kTolerance);
    }
}

TEST_CASE("a dense problem that makes no sense is refused by name", "[dense]") {
  CHECK_THROWS_WITH(Dense({.out_channels = 0}, {}),
                    Catch::Contains("out_channels must be at least 1"));
  CHECK_THROWS_AS(check(DenseProblem{.batch = -1}), std::invalid_argument);
  CHECK_THROWS_AS(check(DenseProblem{.in_channels = 1000000000, .out_channels = 1000000000}),
                  std::invalid_argument);
  CHECK_THROWS_AS(Dense({.batch = 2, .in_channels = 3}, {.activation = Activation::gelu}),
                  std::invalid_argument);
  CHECK_THROWS_AS(Dense({.batch = 2, .in_channels = 3}, {.src = Layout::plain({2, 4, 1, 1})}),
                  std::invalid_argument);
  CHECK(DenseProblem{.batch = 4, .in_channels = 3, .in_height = 2, .in_width = 2, .out_channels = 5}
            .macs() == 240);
}
