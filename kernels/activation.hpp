// The activation functions of the design, by name, and their element-wise kernels.
#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "kernels/layout.hpp"
#include "kernels/step.hpp"

namespace lamarck::kernels {

/// relu: max(x, 0). relu6: min(max(x, 0), 6). leaky_relu: x > 0 ? x : 0.01 x. elu: x > 0 ? x : e^x
/// - 1. gelu: x Phi(x), with erf. silu: x sigmoid(x). hard_swish: x relu6(x + 3) / 6.
enum class Activation {
  identity,
  relu,
  relu6,
  leaky_relu,
  elu,
  gelu,
  silu,
  hard_swish,
  sigmoid,
  tanh
};

[[nodiscard]] std::string_view name(Activation activation);
[[nodiscard]] std::optional<Activation> activation_named(std::string_view name);
/// All of them, in the order of the enumeration.
[[nodiscard]] std::span<const Activation> all_activations();
/// The same function in double, and its derivative; the reference for tests and for small tensors.
[[nodiscard]] double apply(Activation activation, double x);
[[nodiscard]] double derivative(Activation activation, double x);
/// Whether f'(x) is told by f(x), as of ReLU and tanh, so that a backward pass reads dst alone.
[[nodiscard]] bool derivative_from_dst(Activation activation);

/// dst = f(src), element-wise, in any layout; src and dst may be the same memory when `in_place()`.
class ActivationKernel {
 public:
  /// \throws KernelError when oneDNN refuses; std::invalid_argument for identity
  ActivationKernel(Activation activation, const Layout& layout, bool training);
  [[nodiscard]] const Layout& layout() const { return layout_; }
  /// Whether backward reads dst rather than src, so that forward may overwrite src.
  [[nodiscard]] bool in_place() const;
  [[nodiscard]] Step forward(Memory src, Memory dst) const;
  /// diff_src = f'(x) diff_dst; `saved` is dst when in_place(), else src. diff_src may be diff_dst.
  [[nodiscard]] Step backward(Memory saved, Memory diff_dst, Memory diff_src) const;

 private:
  struct Impl;
  Layout layout_;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace lamarck::kernels
