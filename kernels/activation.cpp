#include "kernels/activation.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "kernels/detail/eltwise.hpp"
#include "kernels/detail/engine.hpp"

namespace lamarck::kernels {

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
    // Forward must name the algorithm that backward will: it is the hint for that one.
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
