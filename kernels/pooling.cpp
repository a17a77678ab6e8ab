#include "kernels/pooling.hpp"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>

#include "kernels/detail/channel_view.hpp"
#include "kernels/detail/check.hpp"
#include "kernels/detail/engine.hpp"
#include "kernels/detail/of_type.hpp"
#include "kernels/detail/parallel.hpp"
#include "kernels/simd/pool_passes.hpp"

namespace lamarck::kernels {
namespace {

using detail::elements;

Dims src_dims(const PoolProblem& p) { return {p.batch, p.channels, p.in_height, p.in_width}; }
Dims dst_dims(const PoolProblem& p) { return {p.batch, p.channels, p.out_height(), p.out_width()}; }

/// Max pooling of blocked images, ours: some times as fast as oneDNN 2.6's.
struct BlockedMax {
  simd::PoolWindow window;
  detail::ChannelView src, dst;

  /// body(offset into src, offset into dst) for each image's group of channels.
  template <class Body>
  void for_each(const Body& body) const {
    detail::parallel_for(src.images * src.groups, [&](std::int64_t i) {
      const std::int64_t image = i / src.groups, group = i % src.groups;
      body(image * src.image + group * src.group, image * dst.image + group * dst.group);
    });
  }
};

constexpr int kLargestWindow = 256;  // pixels that a byte can tell apart

bool overlaps(const PoolProblem& p) {
  return p.kernel_height > p.stride_height || p.kernel_width > p.stride_width;
}

/// Nothing for averages, for orders other than blocks of 8 or 16 channels, and for bf16 where
/// gradients would be added up in it.
std::optional<BlockedMax> blocked_max(const PoolProblem& p, const Layout& src) {
  if (p.kind != PoolKind::max || src.type() == DataType::u8 ||
      p.kernel_height * p.kernel_width > kLargestWindow)
    return std::nullopt;
  if (src.type() == DataType::bf16 && overlaps(p)) return std::nullopt;
  const auto view = detail::channel_view(src);
  if (!view || (view->lanes != 8 && view->lanes != 16)) return std::nullopt;
  const auto dst =
      detail::channel_view(Layout::blocked(dst_dims(p), static_cast<int>(view->lanes), src.type()));
  if (!dst) return std::nullopt;
  return BlockedMax{{.lanes = view->lanes,
                     .in_height = p.in_height,
                     .in_width = p.in_width,
                     .out_height = p.out_height(),
                     .out_width = p.out_width(),
                     .kernel_height = p.kernel_height,
                     .kernel_width = p.kernel_width,
                     .stride_height = p.stride_height,
                     .stride_width = p.stride_width,
                     .pad_top = p.pad_top,
                     .pad_left = p.pad_left},
                    *view,
                    *dst};
}

}  // namespace

std::string PoolProblem::text() const {
  std::string text = fmt::format(
      "{} n{} c{} ih{} iw{} kh{} kw{} sh{} sw{}", kind == PoolKind::max ? "max" : "average", batch,
      channels, in_height, in_width, kernel_height, kernel_width, stride_height, stride_width);
  if (pad_top != 0 || pad_left != 0 || pad_bottom != 0 || pad_right != 0)
    text += fmt::format(" pt{} pl{} pb{} pr{}", pad_top, pad_left, pad_bottom, pad_right);
  return text;
}

void check(const PoolProblem& p) {
  const detail::Checker check{"pool " + p.text()};
  check.at_least(1, {{"batch", p.batch},
                     {"channels", p.channels},
                     {"in_height", p.in_height},
                     {"in_width", p.in_width},
                     {"kernel_height", p.kernel_height},
                     {"kernel_width", p.kernel_width},
                     {"stride_height", p.stride_height},
                     {"stride_width", p.stride_width}});
  check.at_least(0, {{"pad_top", p.pad_top},
                     {"pad_left", p.pad_left},
                     {"pad_bottom", p.pad_bottom},
                     {"pad_right", p.pad_right}});
  check.window("height", p.in_height, p.pad_top, p.pad_bottom, p.kernel_height, 1);
  check.window("width", p.in_width, p.pad_left, p.pad_right, p.kernel_width, 1);
  const auto touches = [&](const char* axis, int in, int before, int kernel, int stride, int out) {
    if (before >= kernel || std::int64_t{out - 1} * stride - before >= in)
      check.fail(fmt::format("a window over the {} lies wholly in the padding", axis));
  };
  touches("height", p.in_height, p.pad_top, p.kernel_height, p.stride_height, p.out_height());
  touches("width", p.in_width, p.pad_left, p.kernel_width, p.stride_width, p.out_width());
  check.tensor("src", src_dims(p));
  check.tensor("dst", dst_dims(p));
}

struct Pooling::Impl {
  std::string text;
  bool training = false;
  std::optional<BlockedMax> ours;  ///< else the primitives
  detail::Compiled forward, backward;
  Layout src, dst, workspace;

  void append_workspace(std::vector<detail::Operand>& operands, const Memory& given,
                        const std::string& step) const {
    if (workspace.empty()) return;
    operands.push_back(detail::operand(DNNL_ARG_WORKSPACE, workspace, given, "workspace", step));
  }
};

Pooling::Pooling(const PoolProblem& problem, const Layout& src, bool training) {
  check(problem);
  auto impl = std::make_shared<Impl>();
  impl->text = "pool " + problem.text();
  if (src.dims() != src_dims(problem))
    throw std::invalid_argument(
        fmt::format("{}: src does not fit the problem, got {}", impl->text, src.text()));
  impl->training = training;
  impl->ours = blocked_max(problem, src);
  if (impl->ours) {
    impl->src = src;
    impl->dst =
        Layout::blocked(dst_dims(problem), static_cast<int>(impl->ours->src.lanes), src.type());
    if (training)
      impl->workspace =
          Layout::plain({impl->ours->dst.images * impl->ours->dst.image}, DataType::u8);
    impl_ = std::move(impl);
    return;
  }

  detail::guarded(impl->text, [&] {
    const auto& engine = detail::engine();
    const auto attr = detail::attributes();
    const auto kind = problem.kind == PoolKind::max ? dnnl::algorithm::pooling_max
                                                    : dnnl::algorithm::pooling_avg_exclude_padding;
    const Dims strides{problem.stride_height, problem.stride_width};
    const Dims kernel{problem.kernel_height, problem.kernel_width};
    const Dims before{problem.pad_top, problem.pad_left};
    const Dims after{problem.pad_bottom, problem.pad_right};
    const auto forward = detail::pooling_forward(
        engine, attr,
        training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference, kind,
        detail::desc_of(src), detail::any_layout(dst_dims(problem), src.type()), strides, kernel,
        before, after);
    impl->forward = detail::compile<dnnl::pooling_forward>(forward);
    impl->src = src;
    impl->dst = detail::to_layout(forward.dst_desc());
    if (!training) return;
    if (problem.kind == PoolKind::max)
      impl->workspace = detail::to_layout(forward.workspace_desc());
    impl->backward = detail::compile<dnnl::pooling_backward>(
        detail::pooling_backward(engine, attr, forward, kind, detail::desc_of(src),
                                 detail::desc_of(impl->dst), strides, kernel, before, after));
  });
  impl_ = std::move(impl);
}

bool Pooling::takes(const PoolProblem& problem, const Layout& src) {
  return src.type() == DataType::f32 || blocked_max(problem, src);
}

const Layout& Pooling::src_layout() const { return impl_->src; }
const Layout& Pooling::dst_layout() const { return impl_->dst; }
Layout Pooling::workspace_layout() const { return impl_->workspace; }

std::size_t Pooling::scratch_bytes() const {
  if (impl_->ours) return 0;
  return std::max(impl_->forward.scratch_bytes(),
                  impl_->backward.primitive ? impl_->backward.scratch_bytes() : 0);
}

Step Pooling::forward(Memory src, Memory dst, Memory workspace, Scratch scratch) const {
  const std::string step = impl_->text + " forward";
  std::vector<detail::Operand> operands{
      detail::operand(DNNL_ARG_SRC, impl_->src, src, "src", step),
      detail::operand(DNNL_ARG_DST, impl_->dst, dst, "dst", step)};
  impl_->append_workspace(operands, workspace, step);
  if (impl_->ours) {
    const auto run = [&]<class Element>(Element) -> std::function<void()> {
      return [ours = *impl_->ours, training = impl_->training, x = elements<const Element>(src),
              y = elements<Element>(dst), from = elements<std::uint8_t>(workspace)] {
        const auto& passes = simd::pool_passes<Element>();
        ours.for_each([&](std::int64_t in, std::int64_t out) {
          if (training)
            passes.max_forward(ours.window, x + in, y + out, from + out);
          else
            passes.max_inference(ours.window, x + in, y + out);
        });
      };
    };
    return {step, detail::of_type(impl_->src, run)};
  }
  return detail::make_step(step, impl_->forward, operands, scratch);
}

Step Pooling::backward(Memory diff_dst, Memory workspace, Memory diff_src, Scratch scratch) const {
  const std::string step = impl_->text + " backward";
  if (!impl_->training) throw std::invalid_argument(step + ": the kernel was built for inference");
  std::vector<detail::Operand> operands{
      detail::operand(DNNL_ARG_DIFF_DST, impl_->dst, diff_dst, "diff_dst", step),
      detail::operand(DNNL_ARG_DIFF_SRC, impl_->src, diff_src, "diff_src", step)};
  impl_->append_workspace(operands, workspace, step);
  if (impl_->ours) {
    const auto run = [&]<class Element>(Element) -> std::function<void()> {
      return [ours = *impl_->ours, diff = elements<const Element>(diff_dst),
              to = elements<Element>(diff_src), from = elements<const std::uint8_t>(workspace)] {
        const auto& passes = simd::pool_passes<Element>();
        ours.for_each([&](std::int64_t in, std::int64_t out) {
          passes.max_backward(ours.window, diff + out, from + out, to + in);
        });
      };
    };
    return {step, detail::of_type(impl_->src, run)};
  }
  return detail::make_step(step, impl_->backward, operands, scratch);
}

}  // namespace lamarck::kernels
