// A convolution or dense kernel in bf16 on CPUs for which oneDNN has none: operands are widened,
// the f32 kernel computes, results are rounded. The same numbers as from hardware, which multiplies
// bf16 exactly and adds in f32 too, but for the order of additions; slower than f32. It is there so
// that a run in bf16 can go on, and be tested, anywhere.
//
// Thread safety: immutable; scratch memory belongs to the caller.
#pragma once
#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "kernels/combine.hpp"
#include "kernels/convolution.hpp"

namespace lamarck::kernels::detail {

template <class Kernel>
class EmulatedBf16 {
 public:
  /// \param options of the bf16 kernel
  template <class Problem>
  EmulatedBf16(const Problem& problem, typename Kernel::Options options) {
    options.type = DataType::f32;
    if (!options.src.empty()) options.src = options.src.as(DataType::f32);
    inner_ = std::make_shared<const Kernel>(problem, options);
    const auto& f = inner_->forward_layouts();
    forward_layouts = {narrow(f.src), narrow(f.weights), f.bias, narrow(f.dst)};
    const auto& d = inner_->backward_data_layouts();
    backward_data_layouts = {narrow(d.diff_dst), narrow(d.weights), narrow(d.diff_src)};
    const auto& w = inner_->backward_weights_layouts();
    backward_weights_layouts = {narrow(w.src), narrow(w.diff_dst), w.diff_weights, w.diff_bias};
  }

  Convolution::Forward forward_layouts;
  Convolution::BackwardData backward_data_layouts;
  Convolution::BackwardWeights backward_weights_layouts;

  [[nodiscard]] std::size_t scratch_bytes() const {
    const auto& f = inner_->forward_layouts();
    const auto& d = inner_->backward_data_layouts();
    const auto& w = inner_->backward_weights_layouts();
    return aligned(inner_->scratch_bytes()) +
           std::max({total({f.src, f.weights, f.dst}), total({d.diff_dst, d.weights, d.diff_src}),
                     total({w.src, w.diff_dst})});
  }

  [[nodiscard]] Step forward(Memory src, Memory weights, Memory bias, Memory dst,
                             Scratch scratch) const {
    Staged staged{*this, scratch};
    const auto& want = inner_->forward_layouts();
    const Memory x = staged.read(src, want.src);
    const Memory w = staged.read(weights, want.weights);
    const Memory y = staged.written(want.dst);
    staged.run(inner_->forward(x, w, bias, y, scratch));
    return staged.finish(y, dst);
  }
  [[nodiscard]] Step backward_data(Memory diff_dst, Memory weights, Memory diff_src,
                                   Scratch scratch) const {
    Staged staged{*this, scratch};
    const auto& want = inner_->backward_data_layouts();
    const Memory dy = staged.read(diff_dst, want.diff_dst);
    const Memory w = staged.read(weights, want.weights);
    const Memory dx = staged.written(want.diff_src);
    staged.run(inner_->backward_data(dy, w, dx, scratch));
    return staged.finish(dx, diff_src);
  }
  [[nodiscard]] Step backward_weights(Memory src, Memory diff_dst, Memory diff_weights,
                                      Memory diff_bias, Scratch scratch) const {
    Staged staged{*this, scratch};
    const auto& want = inner_->backward_weights_layouts();
    const Memory x = staged.read(src, want.src);
    const Memory dy = staged.read(diff_dst, want.diff_dst);
    staged.run(inner_->backward_weights(x, dy, diff_weights, diff_bias, scratch));
    return staged.finish();
  }

 private:
  // The same order in bf16; row-major where oneDNN keeps the order to itself.
  static Layout narrow(const Layout& wide) {
    if (wide.empty()) return {};
    const Layout same = wide.as(DataType::bf16);
    return same.empty() ? Layout::plain(wide.dims(), DataType::bf16) : same;
  }
  static std::size_t aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }
  static std::size_t total(std::initializer_list<Layout> layouts) {
    std::size_t bytes = 0;
    for (const Layout& layout : layouts) bytes += aligned(layout.bytes());
    return bytes;
  }

  // Lays the f32 operands out after the inner kernel's scratch and lines the steps up.
  class Staged {
   public:
    Staged(const EmulatedBf16& kernel, Scratch scratch)
        : next_{static_cast<std::byte*>(scratch) + aligned(kernel.inner_->scratch_bytes())} {}
    Memory written(const Layout& layout) {
      const Memory memory{layout, next_};
      next_ += aligned(layout.bytes());
      return memory;
    }
    Memory read(const Memory& half, const Layout& layout) {
      const Memory wide = written(layout);
      steps_.push_back(reorder(half, wide));
      return wide;
    }
    void run(Step step) {
      name_ = step.name;
      steps_.push_back(std::move(step));
    }
    Step finish(const Memory& wide, const Memory& half) {
      steps_.push_back(reorder(wide, half));
      return finish();
    }
    Step finish() {
      return {name_ + " in emulated bf16", [steps = std::move(steps_)] {
                for (const Step& step : steps) step.run();
              }};
    }

   private:
    std::byte* next_;
    std::string name_;
    std::vector<Step> steps_;
  };

  std::shared_ptr<const Kernel> inner_;
};

}  // namespace lamarck::kernels::detail
