#include "kernels/convolution.hpp"

#include <stdexcept>

#include "tests/catch.hpp"
#include "tests/support/conv_problems.hpp"
#include "tests/support/reference_convolution.hpp"

using namespace lamarck::kernels;
using namespace lamarck::test;
using lamarck::Random;

namespace {

constexpr double kTolerance = 1e-4;

struct Case {
  explicit Case(const ConvProblem& p)
      : src(random_values(src_size(p), random)),
        weights(random_values(weights_size(p), random)),
        bias(random_values(static_cast<std::size_t>(p.out_channels), random)),
        diff_dst(random_values(dst_size(p), random)) {}
  Random random{5};
  Values src, weights, bias, diff_dst;
};

void check_forward(const Convolution& conv, const Case& c, const Values& expected) {
  const auto& want = conv.forward_layouts();
  const LaidOut src = lay(c.src, want.src), weights = lay(c.weights, want.weights);
  const LaidOut bias = lay(c.bias, Layout::plain({conv.problem().out_channels}));
  const LaidOut dst = rubbish(want.dst);
  const Buffer scratch(conv.scratch_bytes());
  const Step step =
      conv.forward(src.memory(), weights.memory(), bias.memory(), dst.memory(), scratch.data());
  INFO(step.name << ": " << want.src.text() << ", " << want.weights.text() << " -> "
                 << want.dst.text());
  step.run();
  CHECK(relative_error(read(dst), expected) < kTolerance);
  CHECK(padding_is_zero(dst));
}

void check_backward_data(const Convolution& conv, const Case& c) {
  const auto& want = conv.backward_data_layouts();
  const LaidOut diff_dst = lay(c.diff_dst, want.diff_dst), weights = lay(c.weights, want.weights);
  const LaidOut diff_src = rubbish(want.diff_src);
  const Buffer scratch(conv.scratch_bytes());
  const Step step =
      conv.backward_data(diff_dst.memory(), weights.memory(), diff_src.memory(), scratch.data());
  INFO(step.name << ": " << want.diff_dst.text() << ", " << want.weights.text() << " -> "
                 << want.diff_src.text());
  step.run();
  CHECK(relative_error(read(diff_src),
                       convolve_backward_data(conv.problem(), c.diff_dst, c.weights)) < kTolerance);
  CHECK(padding_is_zero(diff_src));
}

void check_backward_weights(const Convolution& conv, const Case& c) {
  const ConvProblem& p = conv.problem();
  const auto& want = conv.backward_weights_layouts();
  const LaidOut src = lay(c.src, want.src), diff_dst = lay(c.diff_dst, want.diff_dst);
  const LaidOut diff_weights = rubbish(want.diff_weights);
  const LaidOut diff_bias = rubbish(Layout::plain({p.out_channels}));
  const Buffer scratch(conv.scratch_bytes());
  const Step step = conv.backward_weights(src.memory(), diff_dst.memory(), diff_weights.memory(),
                                          diff_bias.memory(), scratch.data());
  INFO(step.name << ": " << want.src.text() << ", " << want.diff_dst.text() << " -> "
                 << want.diff_weights.text());
  step.run();
  CHECK(relative_error(read(diff_weights), convolve_backward_weights(p, c.src, c.diff_dst)) <
        kTolerance);
  CHECK(padding_is_zero(diff_weights));
  if (p.bias)
    CHECK(relative_error(read(diff_bias), convolve_backward_bias(p, c.diff_dst)) < kTolerance);
}

}  // namespace

TEST_CASE("a convolution and its gradients agree with the definition", "[convolution]") {
  for (const ConvProblem& p : conv_problems()) {
    const Convolution conv(p, {});
    const Case c(p);
    check_forward(conv, c, convolve(p, c.src, c.weights, c.bias));
    check_backward_data(conv, c);
    check_backward_weights(conv, c);
  }
}
