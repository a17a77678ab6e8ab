#include "kernels/batch_norm.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "kernels/cpu.hpp"
#include "kernels/detail/engine.hpp"
#include "kernels/detail/image_norm.hpp"
#include "kernels/detail/of_type.hpp"
#include "kernels/detail/parallel.hpp"

namespace lamarck::kernels {

struct BatchNorm::Impl {
  std::string text;
  bool training = false;
  bool relu = false;
  std::int64_t channels = 0;
  std::optional<detail::ImageNorm> ours;  ///< else the primitives
  detail::MemoryDesc data;  ///< what the primitive sees: vectors are images of one pixel
  detail::Compiled forward, backward;
  Layout scale_shift, statistics, workspace;

  void append_statistics(std::vector<detail::Operand>& operands, const Memory& mean,
                         const Memory& variance, const std::string& step) const {
    operands.push_back(detail::operand(DNNL_ARG_MEAN, statistics, mean, "mean", step));
    operands.push_back(detail::operand(DNNL_ARG_VARIANCE, statistics, variance, "variance", step));
  }
  void check_vectors(const Memory& scales, const Memory& mean, const Memory& variance,
                     const std::string& step) const {
    detail::check_operand(scale_shift, scales, "scale_shift", step);
    detail::check_operand(statistics, mean, "mean", step);
    detail::check_operand(statistics, variance, "variance", step);
  }
  void check_adds(const std::string& step) const {
    if (!ours || !training) throw std::invalid_argument(step + ": an addition cannot be fused in");
  }
  void append_workspace(std::vector<detail::Operand>& operands, const Memory& given,
                        const std::string& step) const {
    if (workspace.empty()) return;
    operands.push_back(detail::operand(DNNL_ARG_WORKSPACE, workspace, given, "workspace", step));
  }
};

namespace {

/// oneDNN is fast on images: {n, c} becomes {n, c, 1, 1} with channels innermost.
detail::MemoryDesc as_images(const Layout& layout) {
  if (layout.dims().size() == 4) return detail::desc_of(layout);
  const Dims& d = layout.dims();
  return {{d[0], d[1], 1, 1}, detail::to_dnnl(layout.type()), dnnl::memory::format_tag::nhwc};
}

float* floats(const Memory& memory) { return static_cast<float*>(memory.data); }

using detail::elements;
using detail::of_type;

detail::NormVectors vectors_of(const Memory& scale_shift, const Memory& mean,
                               const Memory& variance) {
  const std::int64_t channels = scale_shift.layout.dims()[1];
  return {floats(scale_shift), floats(scale_shift) + channels, floats(mean), floats(variance)};
}

detail::NormGradients gradients_of(const Memory& diff_scale_shift) {
  return {floats(diff_scale_shift), floats(diff_scale_shift) + diff_scale_shift.layout.dims()[1]};
}

}  // namespace

BatchNorm::BatchNorm(const Layout& layout, const Options& options) : layout_{layout} {
  auto impl = std::make_shared<Impl>();
  impl->text = fmt::format("batch norm {}{}", layout.text(), options.fused_relu ? " relu" : "");
  if (layout.dims().size() != 4 && !(layout.dims().size() == 2 && layout.is_plain()))
    throw std::invalid_argument(impl->text + ": layout must be {n, c, h, w} or plain {n, c}");
  if (!(options.epsilon > 0))
    throw std::invalid_argument(
        fmt::format("{}: epsilon must be above 0, got {}", impl->text, options.epsilon));
  impl->training = options.training;
  impl->relu = options.fused_relu;
  impl->channels = layout.dims()[1];
  impl->scale_shift = Layout::plain({2, impl->channels});
  impl->statistics = Layout::plain({impl->channels});

  impl->ours = detail::image_norm(layout, options.epsilon, options.fused_relu);
  if (!impl->ours)
    detail::guarded(impl->text, [&] {
      const auto& engine = detail::engine();
      const auto attr = detail::attributes();
      impl->data = as_images(layout);
      auto flags = detail::scale_and_shift();
      if (options.fused_relu) flags = flags | dnnl::normalization_flags::fuse_norm_relu;
      if (!options.training) flags = flags | dnnl::normalization_flags::use_global_stats;
      const auto forward = detail::batch_norm_forward(
          engine, attr,
          options.training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference,
          impl->data, options.epsilon, flags);
      impl->forward = detail::compile<dnnl::batch_normalization_forward>(forward);
      if (!options.training) return;
      if (options.fused_relu) impl->workspace = detail::to_layout(forward.workspace_desc());
      impl->backward = detail::compile<dnnl::batch_normalization_backward>(
          detail::batch_norm_backward(engine, attr, forward, impl->data, options.epsilon, flags));
    });
  impl_ = std::move(impl);
}

bool BatchNorm::takes(const Layout& layout) {
  if (layout.type() == DataType::f32) return true;
  return layout.type() == DataType::bf16 &&
         (detail::image_norm(layout, 1, false) || computes_bf16());
}

Layout BatchNorm::scale_shift_layout() const { return impl_->scale_shift; }
Layout BatchNorm::statistics_layout() const { return impl_->statistics; }
Layout BatchNorm::workspace_layout() const { return impl_->workspace; }

std::size_t BatchNorm::scratch_bytes() const {
  if (impl_->ours) return 0;
  return std::max(impl_->forward.scratch_bytes(),
                  impl_->backward.primitive ? impl_->backward.scratch_bytes() : 0);
}

Step BatchNorm::forward(Memory src, Memory scale_shift, Memory mean, Memory variance, Memory dst,
                        Memory workspace, Scratch scratch) const {
  const std::string step = impl_->text + " forward";
  detail::check_operand(layout_, src, "src", step);
  detail::check_operand(layout_, dst, "dst", step);
  detail::check_operand(impl_->scale_shift, scale_shift, "scale_shift", step);
  if (impl_->training && src.data == dst.data)
    throw std::invalid_argument(step + ": src and dst must differ in training");
  if (impl_->ours) {
    impl_->check_vectors(scale_shift, mean, variance, step);
    const auto run = [&]<class Element>(Element) -> std::function<void()> {
      return [norm = *impl_->ours, training = impl_->training, x = elements<Element>(src),
              y = elements<Element>(dst), vectors = vectors_of(scale_shift, mean, variance)] {
        detail::parallel_for(norm.view.groups, [&](std::int64_t group) {
          if (training) detail::measure<Element>(norm, x, vectors, group);
          detail::normalise<Element>(norm, x, nullptr, vectors, group, y);
        });
      };
    };
    return {step, of_type(layout_, run)};
  }
  std::vector<detail::Operand> operands{{DNNL_ARG_SRC, impl_->data, src.data},
                                        {DNNL_ARG_DST, impl_->data, dst.data}};
  detail::append_scale_shift(operands, detail::ScaleShift::forward, impl_->channels,
                             scale_shift.data);
  impl_->append_statistics(operands, mean, variance, step);
  impl_->append_workspace(operands, workspace, step);
  return detail::make_step(step, impl_->forward, operands, scratch);
}

Step BatchNorm::backward(Memory src, Memory diff_dst, Memory scale_shift, Memory mean,
                         Memory variance, Memory workspace, Memory diff_src,
                         Memory diff_scale_shift, Scratch scratch) const {
  const std::string step = impl_->text + " backward";
  if (!impl_->training) throw std::invalid_argument(step + ": the kernel was built for inference");
  detail::check_operand(layout_, src, "src", step);
  detail::check_operand(layout_, diff_dst, "diff_dst", step);
  detail::check_operand(layout_, diff_src, "diff_src", step);
  detail::check_operand(impl_->scale_shift, scale_shift, "scale_shift", step);
  detail::check_operand(impl_->scale_shift, diff_scale_shift, "diff_scale_shift", step);
  if (impl_->ours) {
    impl_->check_vectors(scale_shift, mean, variance, step);
    const auto run = [&]<class Element>(Element) -> std::function<void()> {
      const detail::NormBackward<Element> tensors{.src = elements<Element>(src),
                                                  .diff_dst = elements<Element>(diff_dst),
                                                  .diff_src = elements<Element>(diff_src)};
      return [norm = *impl_->ours, tensors, gradients = gradients_of(diff_scale_shift),
              vectors = vectors_of(scale_shift, mean, variance)] {
        detail::parallel_for(norm.view.groups, [&](std::int64_t group) {
          detail::backward(norm, tensors, vectors, group, gradients);
        });
      };
    };
    return {step, of_type(layout_, run)};
  }
  std::vector<detail::Operand> operands{{DNNL_ARG_SRC, impl_->data, src.data},
                                        {DNNL_ARG_DIFF_DST, impl_->data, diff_dst.data},
                                        {DNNL_ARG_DIFF_SRC, impl_->data, diff_src.data}};
  detail::append_scale_shift(operands, detail::ScaleShift::backward, impl_->channels,
                             scale_shift.data);
  detail::append_scale_shift(operands, detail::ScaleShift::gradient, impl_->channels,
                             diff_scale_shift.data);
  impl_->append_statistics(operands, mean, variance, step);
  impl_->append_workspace(operands, workspace, step);
  return detail::make_step(step, impl_->backward, operands, scratch);
}

bool BatchNorm::fused_relu() const { return impl_->relu; }
bool BatchNorm::adds(const Layout& layout) {
  return detail::image_norm(layout, 1, false).has_value();
}

Step BatchNorm::forward_add(Memory src, Memory other, Memory scale_shift, Memory mean,
                            Memory variance, Memory dst) const {
  const std::string step =
      fmt::format("batch norm add{} {} forward", impl_->relu ? " relu" : "", layout_.text());
  impl_->check_adds(step);
  detail::check_operand(layout_, src, "src", step);
  detail::check_operand(layout_, other, "other", step);
  detail::check_operand(layout_, dst, "dst", step);
  impl_->check_vectors(scale_shift, mean, variance, step);
  const auto run = [&]<class Element>(Element) -> std::function<void()> {
    return [norm = *impl_->ours, x = elements<Element>(src), z = elements<Element>(other),
            y = elements<Element>(dst), vectors = vectors_of(scale_shift, mean, variance)] {
      detail::parallel_for(norm.view.groups, [&](std::int64_t group) {
        detail::measure<Element>(norm, x, vectors, group);
        detail::normalise<Element>(norm, x, z, vectors, group, y);
      });
    };
  };
  return {step, of_type(layout_, run)};
}

Step BatchNorm::backward_add(const AddBackward& o) const {
  const std::string step = fmt::format("batch norm add relu {} backward", layout_.text());
  impl_->check_adds(step);
  if (!impl_->relu) throw std::invalid_argument(step + ": the kernel was built without ReLU");
  detail::check_operand(layout_, o.src, "src", step);
  detail::check_operand(layout_, o.dst, "dst", step);
  detail::check_operand(layout_, o.diff_dst, "diff_dst", step);
  detail::check_operand(layout_, o.diff_src, "diff_src", step);
  detail::check_operand(layout_, o.diff_other, "diff_other", step);
  impl_->check_vectors(o.scale_shift, o.mean, o.variance, step);
  detail::check_operand(impl_->scale_shift, o.diff_scale_shift, "diff_scale_shift", step);
  const auto run = [&]<class Element>(Element) -> std::function<void()> {
    const detail::NormBackward<Element> tensors{.src = elements<Element>(o.src),
                                                .dst = elements<Element>(o.dst),
                                                .diff_dst = elements<Element>(o.diff_dst),
                                                .diff_src = elements<Element>(o.diff_src),
                                                .diff_other = elements<Element>(o.diff_other)};
    return [norm = *impl_->ours, tensors, gradients = gradients_of(o.diff_scale_shift),
            vectors = vectors_of(o.scale_shift, o.mean, o.variance)] {
      detail::parallel_for(norm.view.groups, [&](std::int64_t group) {
        detail::backward(norm, tensors, vectors, group, gradients);
      });
    };
  };
  return {step, of_type(layout_, run)};
}

}  // namespace lamarck::kernels
