#include "kernels/convolution.hpp"

#include <stdexcept>

#include "kernels/error.hpp"
#include "kernels/threads.hpp"
#include "tests/catch.hpp"
#include "tests/support/activation_layouts.hpp"
#include "tests/support/conv_problems.hpp"
#include "tests/support/reference_convolution.hpp"
#include "tests/support/winograd.hpp"

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
  CHECK(relative_error(read(dst), expected) < tolerance(want.dst));
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
                       convolve_backward_data(conv.problem(), c.diff_dst, c.weights)) <
        tolerance(want.diff_src));
  CHECK(padding_is_zero(diff_src));
}

// Beside other memory and over it.
void check_backward_data_add(const Convolution& conv, const Case& c) {
  const auto& want = conv.backward_data_layouts();
  const LaidOut diff_dst = lay(c.diff_dst, want.diff_dst), weights = lay(c.weights, want.weights);
  const Buffer scratch(conv.scratch_bytes());
  Random random{6};
  Values added = random_values(src_size(conv.problem()), random);
  if (want.diff_src.type() == DataType::bf16) added = rounded(added);
  Values expected = convolve_backward_data(conv.problem(), c.diff_dst, c.weights);
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += added[i];
  const LaidOut other = lay(added, want.diff_src), apart = rubbish(want.diff_src);
  for (const LaidOut* diff_src : {&apart, &other}) {
    const Step step = conv.backward_data_add(diff_dst.memory(), weights.memory(), other.memory(),
                                             diff_src->memory(), scratch.data());
    INFO(step.name);
    step.run();
    CHECK(relative_error(read(*diff_src), expected) < tolerance(want.diff_src));
    CHECK(padding_is_zero(*diff_src));
  }
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

TEST_CASE("a convolution in bf16 and its gradients agree with the definition", "[convolution]") {
  for (const ConvProblem& p : conv_problems()) {
    const Convolution conv(p, {.type = DataType::bf16});
    Case c(p);
    for (Values* values : {&c.src, &c.weights, &c.diff_dst}) *values = rounded(*values);
    CHECK(conv.forward_layouts().src.type() == DataType::bf16);
    CHECK(conv.forward_layouts().dst.type() == DataType::bf16);
    CHECK(conv.backward_weights_layouts().diff_weights.type() == DataType::f32);
    check_forward(conv, c, convolve(p, c.src, c.weights, c.bias));
    check_backward_data(conv, c);
    check_backward_weights(conv, c);
  }
}

TEST_CASE("a convolution and its gradients agree with the definition", "[convolution]") {
  for (const ConvProblem& p : conv_problems()) {
    const Convolution conv(p, {});
    const Case c(p);
    check_forward(conv, c, convolve(p, c.src, c.weights, c.bias));
    check_backward_data(conv, c);
    check_backward_weights(conv, c);
  }
}

TEST_CASE("a convolution has channels in blocks of as many as it is asked for", "[convolution]") {
  std::size_t as_asked = 0;
  for (const ConvProblem& p : conv_problems())
    for (const int block : {8, 16})
      for (const bool winograd : {true, false}) {
        const Convolution conv(p, {.block = block, .winograd = winograd});
        const Case c(p);
        INFO(p.text() << " block " << block << " winograd " << winograd);
        check_forward(conv, c, convolve(p, c.src, c.weights, c.bias));
        check_backward_data(conv, c);
        check_backward_weights(conv, c);
        as_asked += conv.forward_layouts().dst ==
                    Layout::blocked(conv.forward_layouts().dst.dims(), block, DataType::f32);
      }
  // Below AVX2 few problems have a kernel for blocks.
  if (has_winograd()) CHECK(as_asked > conv_problems().size());
}

TEST_CASE("a convolution adds to the gradient that others have given", "[convolution]") {
  std::size_t adding = 0;
  for (const ConvProblem& p : conv_problems())
    for (const DataType type : {DataType::f32, DataType::bf16}) {
      const Convolution conv(p, {.type = type});
      if (!conv.adds()) continue;
      ++adding;
      Case c(p);
      if (type == DataType::bf16)
        for (Values* values : {&c.weights, &c.diff_dst}) *values = rounded(*values);
      check_backward_data_add(conv, c);
    }
  if (has_winograd()) CHECK(adding >= 6);  // with AMX in f32 alone

  ConvProblem large = conv_problems()[3];
  large.batch = 64;
  CHECK(Convolution(large, {}).adds() == has_winograd());
  const Convolution direct(large, {.winograd = false});
  CHECK_FALSE(direct.adds());
  CHECK_THROWS_AS(direct.backward_data_add({}, {}, {}, {}, nullptr), std::invalid_argument);
}

TEST_CASE("a first layer's gradient does not depend on how many threads share it",
          "[convolution]") {
  std::size_t thin = 0;
  for (const ConvProblem& p : conv_problems()) {
    if (p.in_channels > 2) continue;
    ++thin;
    for (const int threads : {2, 3, 8})
      with_threads(threads, [&] { check_backward_weights(Convolution(p, {}), Case(p)); });
  }
  CHECK(thin >= 8);
}

TEST_CASE("a convolution takes the layout its src comes in", "[convolution]") {
  for (const ConvProblem& p : conv_problems())
    for (const Layout& src :
         activation_layouts({p.batch, p.in_channels, p.in_height, p.in_width})) {
      const Case c(p);
      const Values expected = convolve(p, c.src, c.weights, c.bias);
      with_threads(1, [&] {
        const Convolution conv(p, {.pass = Pass::inference, .src = src});
        CHECK(conv.forward_layouts().src == src);
        check_forward(conv, c, expected);
      });
    }
}

TEST_CASE("an activation fused into a convolution leaves the padding zero", "[convolution]") {
  for (const Activation f : all_activations())
    for (ConvProblem p : conv_problems()) {
      if (p.out_channels % 8 == 0 && p.out_channels != 16) continue;
      p.bias = true;
      const Case c(p);
      Values expected = convolve(p, c.src, c.weights, c.bias);
      for (double& v : expected) v = apply(f, v);
      INFO(name(f));
      with_threads(1, [&] {
        check_forward(Convolution(p, {.pass = Pass::inference, .activation = f}), c, expected);
        if (derivative_from_dst(f)) check_forward(Convolution(p, {.activation = f}), c, expected);
      });
    }
}

TEST_CASE("a convolution builds the passes it is asked for", "[convolution]") {
  ConvProblem p = conv_problems()[1];
  const Convolution inference(p, {.pass = Pass::inference});
  CHECK_FALSE(inference.forward_layouts().src.empty());
  CHECK(inference.backward_data_layouts().weights.empty());
  CHECK(inference.backward_weights_layouts().src.empty());
  CHECK(inference.forward_layouts().bias.empty());
  CHECK_THROWS_AS(inference.backward_data({}, {}, {}, nullptr), std::invalid_argument);
  CHECK_THROWS_AS(inference.backward_weights({}, {}, {}, {}, nullptr), std::invalid_argument);

  const Convolution first(p, {.backward_data = false});
  CHECK(first.backward_data_layouts().weights.empty());
  CHECK_THROWS_AS(first.backward_data({}, {}, {}, nullptr), std::invalid_argument);
  CHECK_FALSE(first.backward_weights_layouts().src.empty());

  p.bias = true;
  CHECK(Convolution(p, {}).backward_weights_layouts().diff_bias == Layout::plain({16}));
}

TEST_CASE("a convolution refuses operands that do not fit", "[convolution]") {
  const ConvProblem p = conv_problems()[3];
  const Convolution conv(p, {});
  const auto& want = conv.forward_layouts();
  const LaidOut src = rubbish(want.src), weights = rubbish(want.weights), dst = rubbish(want.dst);
  const Buffer scratch(conv.scratch_bytes() + 1);
  CHECK_NOTHROW(conv.forward(src.memory(), weights.memory(), {}, dst.memory(), scratch.data()));
  CHECK_THROWS_AS(
      conv.forward(weights.memory(), weights.memory(), {}, dst.memory(), scratch.data()),
      std::invalid_argument);
  CHECK_THROWS_AS(
      conv.forward({want.src, nullptr}, weights.memory(), {}, dst.memory(), scratch.data()),
      std::invalid_argument);
}

TEST_CASE("a convolution problem that makes no sense is refused by name", "[convolution]") {
  const ConvProblem good = conv_problems()[3];
  CHECK_NOTHROW(check(good));
  const auto refused = [&](const std::string& why, auto change) {
    ConvProblem p = good;
    change(p);
    CHECK_THROWS_WITH(check(p), Catch::Contains(why));
    CHECK_THROWS_AS(Convolution(p, {}), std::invalid_argument);
  };
  refused("batch must be at least 1", [](ConvProblem& p) { p.batch = 0; });
  refused("in_channels must", [](ConvProblem& p) { p.in_channels = 0; });
  refused("out_channels must", [](ConvProblem& p) { p.out_channels = -3; });
  refused("kernel_width must", [](ConvProblem& p) { p.kernel_width = 0; });
  refused("stride_height must", [](ConvProblem& p) { p.stride_height = 0; });
  refused("dilation_height must", [](ConvProblem& p) { p.dilation_height = 0; });
  refused("groups must", [](ConvProblem& p) { p.groups = 0; });
  refused("pad_bottom must", [](ConvProblem& p) { p.pad_bottom = -1; });
  refused("groups must divide in_channels", [](ConvProblem& p) { p.groups = 3; });
  refused("groups must divide out_channels",
          [](ConvProblem& p) { p.groups = 16, p.out_channels = 17; });
  refused("output is empty", [](ConvProblem& p) { p.kernel_height = 11; });
  refused("output is empty", [](ConvProblem& p) { p.dilation_width = 5; });
  refused("too large", [](ConvProblem& p) { p.in_channels = p.out_channels = 1000000000; });
  refused("too large", [](ConvProblem& p) { p.dilation_height = 2000000000; });
  refused("too large", [](ConvProblem& p) { p.pad_top = p.pad_bottom = 2000000000; });
}

TEST_CASE("options that contradict the problem are refused", "[convolution]") {
  const ConvProblem p = conv_problems()[3];
  CHECK_THROWS_WITH(Convolution(p, {.activation = Activation::gelu}),
                    Catch::Contains("gelu is not fused in training"));
  CHECK_THROWS_AS(Convolution(p, {.src = Layout::plain({1, 2, 3, 4})}), std::invalid_argument);
  CHECK_THROWS_AS(Convolution(p, {.src = Layout::plain({3, 16, 8, 8}, DataType::bf16)}),
                  std::invalid_argument);
}

TEST_CASE("what oneDNN refuses is an error that names the problem", "[convolution]") {
  const ConvProblem p = conv_problems()[3];
  try {
    (void)Convolution(p, {.type = DataType::u8});
    FAIL("an 8-bit convolution was trained");
  } catch (const lamarck::KernelError& error) {
    CHECK(std::string(error.what()).starts_with("conv n3 ic16 ih8 iw8 oc16 kh3 kw3"));
  }
}

TEST_CASE("convolution problems compare and say what they are", "[convolution]") {
  ConvProblem p = conv_problems()[3];
  CHECK(p.text() == "n3 ic16 ih8 iw8 oc16 kh3 kw3 pt1 pl1 pb1 pr1");
  CHECK(p == conv_problems()[3]);
  CHECK(p.macs() == 3.0 * 16 * 64 * 16 * 9);
  p.groups = 16, p.stride_height = 2, p.dilation_width = 2, p.bias = true;
  CHECK(p != conv_problems()[3]);
  CHECK(p.depthwise());
  CHECK(p.text() == "n3 ic16 ih8 iw8 oc16 kh3 kw3 sh2 sw1 pt1 pl1 pb1 pr1 dh1 dw2 g16 bias");
  CHECK(p.out_height() == 4);
  CHECK(p.out_width() == 6);
  CHECK_FALSE(ConvProblem{}.depthwise());
}
