#include "kernels/activation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "kernels/detail/eltwise.hpp"
#include "kernels/detail/engine.hpp"

namespace lamarck::kernels {
namespace {

struct Named {
  Activation activation;
  std::string_view name;
};

constexpr std::array kNames{
    Named{Activation::identity, "identity"}, Named{Activation::relu, "relu"},
    Named{Activation::relu6, "relu6"},       Named{Activation::leaky_relu, "leaky_relu"},
    Named{Activation::elu, "elu"},           Named{Activation::gelu, "gelu"},
    Named{Activation::silu, "silu"},         Named{Activation::hard_swish, "hard_swish"},
    Named{Activation::sigmoid, "sigmoid"},   Named{Activation::tanh, "tanh"}};

constexpr auto kAll = [] {
  std::array<Activation, kNames.size()> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = kNames[i].activation;
  return all;
}();

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double normal_cdf(double x) { return 0.5 * (1 + std::erf(x / std::numbers::sqrt2)); }
double normal_pdf(double x) {
  return std::exp(-x * x / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}

}  // namespace

std::string_view name(Activation activation) {
  return kNames[static_cast<std::size_t>(activation)].name;
}

std::optional<Activation> activation_named(std::string_view name) {
  const auto found = std::ranges::find(kNames, name, &Named::name);
  if (found == kNames.end()) return std::nullopt;
  return found->activation;
}

std::span<const Activation> all_activations() { return kAll; }

double apply(Activation activation, double x) {
  switch (activation) {
    case Activation::identity:
      return x;
    case Activation::relu:
      return std::max(x, 0.0);
    case Activation::relu6:
      return std::clamp(x, 0.0, 6.0);
    case Activation::leaky_relu:
      return x > 0 ? x : 0.01 * x;
    case Activation::elu:
      return x > 0 ? x : std::expm1(x);
    case Activation::gelu:
      return x * normal_cdf(x);
    case Activation::silu:
      return x * sigmoid(x);
    case Activation::hard_swish:
      return x * std::clamp(x + 3, 0.0, 6.0) / 6;
    case Activation::sigmoid:
      return sigmoid(x);
    case Activation::tanh:
      return std::tanh(x);
  }
  return x;
}

double derivative(Activation activation, double x) {
  switch (activation) {
    case Activation::identity:
      return 1;
    case Activation::relu:
      return x > 0 ? 1 : 0;
    case Activation::relu6:
      return x > 0 && x < 6 ? 1 : 0;
    case Activation::leaky_relu:
      return x > 0 ? 1 : 0.01;
    case Activation::elu:
      return x > 0 ? 1 : std::exp(x);
    case Activation::gelu:
      return normal_cdf(x) + x * normal_pdf(x);
    case Activation::silu:
      return sigmoid(x) * (1 + x * (1 - sigmoid(x)));
    case Activation::hard_swish:
      return x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6;
    case Activation::sigmoid:
      return sigmoid(x) * (1 - sigmoid(x));
    case Activation::tanh:
      return 1 - std::tanh(x) * std::tanh(x);
  }
  return 1;
}

struct ActivationKernel::Impl {
  std::string text;
  bool from_dst = false;
  detail::Compiled forward, backward;
};

ActivationKernel::ActivationKernel(Activation activation, const Layout& layout, bool training)
    : layout_{layout} {
  if (layout.empty()) throw std::invalid_argument("activation: layout is empty");
  const detail::Eltwise f = detail::eltwise_of(activation);
  auto impl = std::make_shared<Impl>();
  impl->text = fmt::format("{} {}", name(activation), layout.text());
  impl->from_dst = f.from_dst;
  detail::guarded(impl->text, [&] {
    const auto& data = detail::desc_of(layout);
    const auto attr = detail::attributes();
    // Forward keeps the plain algorithm: the use_dst variants compute the same.
    const auto prop =
        training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
    const auto forward = detail::eltwise_forward(
        detail::engine(), attr, prop, training ? f.backward : f.forward, data, f.alpha, f.beta);
    impl->forward = detail::compile<dnnl::eltwise_forward>(forward);
    if (training)
      impl->backward = detail::compile<dnnl::eltwise_backward>(detail::eltwise_backward(
          detail::engine(), attr, forward, f.backward, data, f.alpha, f.beta));
  });
  impl_ = std::move(impl);
}

bool ActivationKernel::in_place() const { return impl_->from_dst; }

Step ActivationKernel::forward(Memory src, Memory dst) const {
  const std::string step = impl_->text + " forward";
  return detail::make_step(step, impl_->forward,
                           {detail::operand(DNNL_ARG_SRC, layout_, src, "src", step),
                            detail::operand(DNNL_ARG_DST, layout_, dst, "dst", step)},
                           nullptr);
}

Step ActivationKernel::backward(Memory saved, Memory diff_dst, Memory diff_src) const {
  const std::string step = impl_->text + " backward";
  if (!impl_->backward.primitive)
    throw std::invalid_argument(step + ": the kernel was built for inference");
  return detail::make_step(
      step, impl_->backward,
      {detail::operand(impl_->from_dst ? DNNL_ARG_DST : DNNL_ARG_SRC, layout_, saved, "saved",
                       step),
       detail::operand(DNNL_ARG_DIFF_DST, layout_, diff_dst, "diff_dst", step),
       detail::operand(DNNL_ARG_DIFF_SRC, layout_, diff_src, "diff_src", step)},
      nullptr);
}

}  // namespace lamarck::kernels
