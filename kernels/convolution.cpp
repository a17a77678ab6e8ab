#include "kernels/convolution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "kernels/cpu.hpp"
#include "kernels/detail/check.hpp"
#include "kernels/detail/emulated_bf16.hpp"
#include "kernels/detail/of_type.hpp"
#include "kernels/detail/passes.hpp"
#include "kernels/detail/thin_conv.hpp"
#include "kernels/detail/winograd.hpp"

namespace lamarck::kernels {
namespace {

using detail::elements;
using ForwardPrimitive = dnnl::convolution_forward;
using BackwardDataPrimitive = dnnl::convolution_backward_data;
using BackwardWeightsPrimitive = dnnl::convolution_backward_weights;

// oneDNN 2.6 has Winograd's method too, for AVX-512: ours takes half of its time for the gradient
// of the weights and less for the rest.
constexpr auto kDirect = dnnl::algorithm::convolution_direct;

/// A problem in oneDNN's terms.
struct Sizes {
  explicit Sizes(const ConvProblem& p)
      : src{p.batch, p.in_channels, p.in_height, p.in_width},
        weights{p.out_channels, p.in_channels, p.kernel_height, p.kernel_width},
        dst{p.batch, p.out_channels, p.out_height(), p.out_width()},
        strides{p.stride_height, p.stride_width},
        dilation{p.dilation_height - 1, p.dilation_width - 1},
        before{p.pad_top, p.pad_left},
        after{p.pad_bottom, p.pad_right} {
    if (p.groups > 1)
      weights = {p.groups, p.out_channels / p.groups, p.in_channels / p.groups, p.kernel_height,
                 p.kernel_width};
  }
  Dims src, weights, dst, strides, dilation, before, after;
};

float* floats(const Memory& memory) { return static_cast<float*>(memory.data); }

/// What `make` gives. Nothing where oneDNN has no kernel for these layouts, or only its reference,
/// hundreds of times as slow as what it has for layouts of its own choice.
template <class Make>
auto fast(const Make& make) -> std::optional<decltype(make())> {
  try {
    auto found = make();
    if (!detail::is_reference(found)) return found;
  } catch (const dnnl::error&) {  // none at all
  }
  return std::nullopt;
}

}  // namespace

std::string ConvProblem::text() const {
  std::string text = fmt::format("n{} ic{} ih{} iw{} oc{} kh{} kw{}", batch, in_channels, in_height,
                                 in_width, out_channels, kernel_height, kernel_width);
  if (stride_height != 1 || stride_width != 1)
    text += fmt::format(" sh{} sw{}", stride_height, stride_width);
  if (pad_top != 0 || pad_left != 0 || pad_bottom != 0 || pad_right != 0)
    text += fmt::format(" pt{} pl{} pb{} pr{}", pad_top, pad_left, pad_bottom, pad_right);
  if (dilation_height != 1 || dilation_width != 1)
    text += fmt::format(" dh{} dw{}", dilation_height, dilation_width);
  if (groups != 1) text += fmt::format(" g{}", groups);
  if (bias) text += " bias";
  return text;
}

void check(const ConvProblem& p) {
  const detail::Checker check{"conv " + p.text()};
  check.at_least(1, {{"batch", p.batch},
                     {"in_channels", p.in_channels},
                     {"in_height", p.in_height},
                     {"in_width", p.in_width},
                     {"out_channels", p.out_channels},
                     {"kernel_height", p.kernel_height},
                     {"kernel_width", p.kernel_width},
                     {"stride_height", p.stride_height},
                     {"stride_width", p.stride_width},
                     {"dilation_height", p.dilation_height},
                     {"dilation_width", p.dilation_width},
                     {"groups", p.groups}});
  check.at_least(0, {{"pad_top", p.pad_top},
                     {"pad_left", p.pad_left},
                     {"pad_bottom", p.pad_bottom},
                     {"pad_right", p.pad_right}});
  check.divides("groups", p.groups, "in_channels", p.in_channels);
  check.divides("groups", p.groups, "out_channels", p.out_channels);
  check.window("height", p.in_height, p.pad_top, p.pad_bottom, p.kernel_height, p.dilation_height);
  check.window("width", p.in_width, p.pad_left, p.pad_right, p.kernel_width, p.dilation_width);
  const Sizes sizes(p);
  check.tensor("src", sizes.src);
  check.tensor("weights", sizes.weights);
  check.tensor("dst", sizes.dst);
}

struct Convolution::Impl : detail::Passes {
  /// `other` may be empty.
  [[nodiscard]] Step bind_winograd_backward_data(const Memory& diff_dst, const Memory& weights,
                                                 const Memory& other, const Memory& diff_src,
                                                 Scratch scratch) const;
  std::optional<detail::EmulatedBf16<Convolution>> emulated;  ///< computes all passes
  std::optional<detail::ThinConv> thin;  ///< computes the weight gradient, else the primitive does
  std::optional<detail::Winograd> winograd;  ///< computes all passes, else the primitives do
  bool relu = false;                         ///< fused into the Winograd's forward
};

Convolution::Convolution(const ConvProblem& problem, const Options& options) : problem_{problem} {
  check(problem);
  auto impl = std::make_shared<Impl>();
  impl->text = "conv " + problem.text();
  impl->bias = problem.bias;
  const bool training = options.pass == Pass::training;
  if (training) detail::check_fused(options.activation, impl->text);

  const Sizes s(problem);
  if (!options.src.empty() && (options.src.dims() != s.src || options.src.type() != options.type))
    throw std::invalid_argument(
        fmt::format("{}: src does not fit the problem, got {}", impl->text, options.src.text()));

  const bool fusible =
      options.activation == Activation::identity || options.activation == Activation::relu;
  // In bf16 it multiplies floats all the same: only AMX is faster at all of the multiplications.
  if (options.winograd && fusible && !(options.type == DataType::bf16 && gains_by_bf16()))
    impl->winograd = detail::winograd(problem, options.type, options.block);
  if (impl->winograd && !options.src.empty() && options.src != impl->winograd->src_layout)
    impl->winograd.reset();
  if (impl->winograd) {
    const detail::Winograd& w = *impl->winograd;
    const Layout bias_wanted = problem.bias ? detail::bias_layout(problem.out_channels) : Layout{};
    impl->relu = options.activation == Activation::relu;
    impl->forward_layouts = {w.src_layout, w.weights_layout, bias_wanted, w.dst_layout};
    if (training && options.backward_data)
      impl->backward_data_layouts = {w.dst_layout, w.weights_layout, w.src_layout};
    if (training)
      impl->backward_weights_layouts = {w.src_layout, w.dst_layout, w.weights_layout, bias_wanted};
    impl_ = std::move(impl);
    return;
  }

  if (options.type == DataType::bf16 && !computes_bf16()) {
    impl->emulated.emplace(problem, options);
    impl->take_layouts(*impl->emulated);
    impl_ = std::move(impl);
    return;
  }

  detail::guarded(impl->text, [&] {
    const auto& engine = detail::engine();
    const auto attr = detail::attributes();
    const auto src = detail::any_layout(s.src, options.type);
    const auto weights = detail::any_layout(s.weights, options.type);
    const auto dst = detail::any_layout(s.dst, options.type);
    const Layout bias_wanted = problem.bias ? detail::bias_layout(problem.out_channels) : Layout{};
    const auto bias = problem.bias ? detail::desc_of(bias_wanted) : detail::MemoryDesc();

    const bool f32_training = training && options.type == DataType::f32;
    const auto forward_of = [&](const detail::MemoryDesc& from, const detail::MemoryDesc& to) {
      return detail::forward_descriptor<ForwardPrimitive>(
          engine, detail::attributes(options.activation),
          training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference,
          kDirect, from, weights, bias, to, s.strides, s.dilation, s.before, s.after);
    };
    std::optional<ForwardPrimitive::primitive_desc> settled;
    if (options.type == DataType::f32 && options.block != 0 && options.src.empty()) {
      const auto blocked = [&](const Dims& dims) {
        return detail::channels_blocked(dims, options.type, options.block);
      };
      const bool image = problem.in_channels <= 3;  // kernels read those as they are
      settled = fast([&] { return forward_of(image ? src : blocked(s.src), blocked(s.dst)); });
    }
    const auto forward =
        settled ? *settled
                : forward_of(options.src.empty() ? src : detail::desc_of(options.src), dst);
    impl->set_forward<ForwardPrimitive>(forward, bias_wanted);
    if (!training) return;

    // A hint must be of the same problem; its layouts do not bind the backward passes.
    const auto backward_data = [&](const detail::MemoryDesc& diff_src,
                                   const detail::MemoryDesc& diff_dst) {
      return detail::backward_descriptor<BackwardDataPrimitive>(
          engine, attr, forward, kDirect, diff_src, weights, diff_dst, s.strides, s.dilation,
          s.before, s.after);
    };
    if (options.backward_data) {
      // In blocks as forward, where it has them: for strided convolutions oneDNN 3 would choose
      // channels last on AVX2, which is slower even without the reorders to and fro.
      std::optional<BackwardDataPrimitive::primitive_desc> blocked;
      if (f32_training && !impl->forward_layouts.src.is_plain())
        blocked = fast([&] { return backward_data(forward.src_desc(), forward.dst_desc()); });
      impl->set_backward_data<BackwardDataPrimitive>(blocked ? *blocked : backward_data(src, dst));
    }

    if (f32_training) impl->thin = detail::thin_conv(problem, impl->forward_layouts.dst);
    if (impl->thin) {
      impl->backward_weights_layouts = {impl->thin->src_layout, impl->thin->dst_layout,
                                        impl->thin->weights_layout, bias_wanted};
      return;
    }
    const auto backward_weights = [&](const detail::MemoryDesc& from,
                                      const detail::MemoryDesc& diff_dst) {
      return detail::backward_descriptor<BackwardWeightsPrimitive>(
          engine, attr, forward, kDirect, from, detail::any_layout(s.weights, DataType::f32), bias,
          diff_dst, s.strides, s.dilation, s.before, s.after);
    };
    std::optional<BackwardWeightsPrimitive::primitive_desc> blocked;
    if (settled)
      blocked = fast([&] { return backward_weights(forward.src_desc(), forward.dst_desc()); });
    impl->set_backward_weights<BackwardWeightsPrimitive>(
        blocked ? *blocked : backward_weights(src, dst), bias_wanted);
  });
  impl_ = std::move(impl);
}

Step Convolution::Impl::bind_winograd_backward_data(const Memory& diff_dst, const Memory& weights,
                                                    const Memory& other, const Memory& diff_src,
                                                    Scratch scratch) const {
  const bool adds = other.data != nullptr;
  const std::string step = text + " winograd backward data" + (adds ? " add" : "");
  const BackwardData& want = backward_data_layouts;
  detail::check_operand(want.diff_dst, diff_dst, "diff_dst", step);
  detail::check_operand(want.weights, weights, "weights", step);
  detail::check_operand(want.diff_src, diff_src, "diff_src", step);
  const auto run = [&]<class Element>(Element) -> std::function<void()> {
    return [conv = *winograd, dy = elements<const Element>(diff_dst), w = floats(weights),
            z = adds ? elements<const Element>(other) : nullptr, dx = elements<Element>(diff_src),
            scratch] { detail::backward_data(conv, dy, w, z, dx, scratch); };
  };
  return {step, detail::of_type(want.diff_src, run)};
}

const Convolution::Forward& Convolution::forward_layouts() const { return impl_->forward_layouts; }
const Convolution::BackwardData& Convolution::backward_data_layouts() const {
  return impl_->backward_data_layouts;
}
const Convolution::BackwardWeights& Convolution::backward_weights_layouts() const {
  return impl_->backward_weights_layouts;
}
std::size_t Convolution::scratch_bytes() const {
  if (impl_->emulated) return impl_->emulated->scratch_bytes();
  if (impl_->winograd) return detail::scratch_bytes(*impl_->winograd);
  return std::max(impl_->scratch_bytes(), impl_->thin ? detail::scratch_bytes(*impl_->thin) : 0);
}

Step Convolution::forward(Memory src, Memory weights, Memory bias, Memory dst,
                          Scratch scratch) const {
  if (impl_->emulated) return impl_->emulated->forward(src, weights, bias, dst, scratch);
  if (!impl_->winograd) return impl_->bind_forward(src, weights, bias, dst, scratch);
  const std::string step = impl_->text + " winograd forward";
  const Forward& want = impl_->forward_layouts;
  detail::check_operand(want.src, src, "src", step);
  detail::check_operand(want.weights, weights, "weights", step);
  detail::check_operand(want.dst, dst, "dst", step);
  if (impl_->bias) detail::check_operand(want.bias, bias, "bias", step);
  const auto run = [&]<class Element>(Element) -> std::function<void()> {
    return
        [conv = *impl_->winograd, x = elements<const Element>(src), w = floats(weights),
         b = impl_->bias ? floats(bias) : nullptr, relu = impl_->relu, y = elements<Element>(dst),
         scratch] { detail::forward(conv, x, w, b, relu, y, scratch); };
  };
  return {step, detail::of_type(want.src, run)};
}

Step Convolution::backward_data(Memory diff_dst, Memory weights, Memory diff_src,
                                Scratch scratch) const {
  if (impl_->emulated) return impl_->emulated->backward_data(diff_dst, weights, diff_src, scratch);
  if (!impl_->winograd) return impl_->bind_backward_data(diff_dst, weights, diff_src, scratch);
  return impl_->bind_winograd_backward_data(diff_dst, weights, {}, diff_src, scratch);
}

bool Convolution::by_winograd() const { return impl_->winograd.has_value(); }

bool Convolution::adds() const {
  return impl_->winograd && !impl_->backward_data_layouts.diff_src.empty();
}

Step Convolution::backward_data_add(Memory diff_dst, Memory weights, Memory other, Memory diff_src,
                                    Scratch scratch) const {
  if (!adds())
    throw std::invalid_argument(impl_->text + ": backward data has no addition fused in");
  const std::string step = impl_->text + " winograd backward data add";
  detail::check_operand(impl_->backward_data_layouts.diff_src, other, "other", step);
  return impl_->bind_winograd_backward_data(diff_dst, weights, other, diff_src, scratch);
}

Step Convolution::backward_weights(Memory src, Memory diff_dst, Memory diff_weights,
                                   Memory diff_bias, Scratch scratch) const {
  if (impl_->emulated)
    return impl_->emulated->backward_weights(src, diff_dst, diff_weights, diff_bias, scratch);
  if (!impl_->thin && !impl_->winograd)
    return impl_->bind_backward_weights(src, diff_dst, diff_weights, diff_bias, scratch);
  const std::string step = impl_->text + (impl_->winograd ? " winograd" : "") + " backward weights";
  const BackwardWeights& want = impl_->backward_weights_layouts;
  detail::check_operand(want.src, src, "src", step);
  detail::check_operand(want.diff_dst, diff_dst, "diff_dst", step);
  detail::check_operand(want.diff_weights, diff_weights, "diff_weights", step);
  if (impl_->bias) detail::check_operand(want.diff_bias, diff_bias, "diff_bias", step);
  float* const bias = impl_->bias ? floats(diff_bias) : nullptr;
  const auto run = [&]<class Element>(Element) -> std::function<void()> {
    return [conv = *impl_->winograd, x = elements<const Element>(src),
            dy = elements<const Element>(diff_dst), dw = floats(diff_weights), bias,
            scratch] { detail::backward_weights(conv, x, dy, dw, bias, scratch); };
  };
  if (impl_->winograd) return {step, detail::of_type(want.src, run)};
  return {step,
          [conv = *impl_->thin, x = floats(src), dy = floats(diff_dst), dw = floats(diff_weights),
           bias, scratch] { detail::backward_weights(conv, x, dy, dw, bias, scratch); }};
}

}  // namespace lamarck::kernels
