#include "kernels/activation.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "kernels/detail/channel_view.hpp"
#include "kernels/detail/eltwise.hpp"
#include "kernels/detail/engine.hpp"

namespace lamarck::kernels {

namespace {

/// The whole memory, padding included, as one vector. oneDNN has fast code for every activation on
/// it, but for some of them only a slow reference on padded blocks.
detail::MemoryDesc flat(const Layout& layout) {
  const auto bytes = static_cast<std::int64_t>(layout.bytes());
  const std::int64_t element = layout.type() == DataType::f32 ? 4 : 2;
  return detail::row_major({bytes / element}, layout.type());
}

}  // namespace

bool derivative_from_dst(Activation activation) {
  return activation == Activation::identity || detail::eltwise_of(activation).from_dst;
}

struct ActivationKernel::Impl {
  std::string text;
  bool from_dst = false;
  detail::MemoryDesc data;
  detail::Compiled forward, backward;
  /// Where forward, having f(0) != 0, leaves rubbish in the padding.
  std::optional<detail::ChannelView> unclean;
  std::size_t element_bytes = 4;
};

ActivationKernel::ActivationKernel(Activation activation, const Layout& layout, bool training)
    : layout_{layout} {
  if (layout.empty()) throw std::invalid_argument("activation: layout is empty");
  const detail::Eltwise f = detail::eltwise_of(activation);
  auto impl = std::make_shared<Impl>();
  impl->text = fmt::format("{} {}", name(activation), layout.text());
  if (layout.type() == DataType::u8)
    throw std::invalid_argument(impl->text + ": data type must be f32 or bf16");
  impl->from_dst = f.from_dst;
  impl->element_bytes = layout.type() == DataType::f32 ? 4 : 2;
  const bool padded = layout.bytes() != layout.elements() * impl->element_bytes;
  if (padded && apply(activation, 0) != 0) {
    impl->unclean = detail::channel_view(layout);
    if (!impl->unclean)
      throw std::invalid_argument(impl->text + ": a padded layout must be an activation's");
  }
  detail::guarded(impl->text, [&] {
    const auto& data = impl->data = flat(layout);
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
  const std::string name = impl_->text + " forward";
  detail::check_operand(layout_, src, "src", name);
  detail::check_operand(layout_, dst, "dst", name);
  Step step = detail::make_step(
      name, impl_->forward,
      {{DNNL_ARG_SRC, impl_->data, src.data}, {DNNL_ARG_DST, impl_->data, dst.data}}, nullptr);
  if (!impl_->unclean) return step;
  return {name, [impl = impl_, run = std::move(step.run), to = dst.data] {
            run();
            detail::zero_padding(*impl->unclean, to, impl->element_bytes);
          }};
}

// f'(x) times a zero: the padding needs no care.
Step ActivationKernel::backward(Memory saved, Memory diff_dst, Memory diff_src) const {
  const std::string name = impl_->text + " backward";
  if (!impl_->backward.primitive)
    throw std::invalid_argument(name + ": the kernel was built for inference");
  detail::check_operand(layout_, saved, "saved", name);
  detail::check_operand(layout_, diff_dst, "diff_dst", name);
  detail::check_operand(layout_, diff_src, "diff_src", name);
  return detail::make_step(
      name, impl_->backward,
      {{impl_->from_dst ? DNNL_ARG_DST : DNNL_ARG_SRC, impl_->data, saved.data},
       {DNNL_ARG_DIFF_DST, impl_->data, diff_dst.data},
       {DNNL_ARG_DIFF_SRC, impl_->data, diff_src.data}},
      nullptr);
}

}  // namespace lamarck::kernels
