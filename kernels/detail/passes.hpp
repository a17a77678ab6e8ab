// What convolution and dense share: a forward, a backward-data and a backward-weights primitive
// over src, weights, bias and dst.
#pragma once
#include <string>

#include "kernels/convolution.hpp"
#include "kernels/detail/engine.hpp"

namespace lamarck::kernels::detail {

/// A bias is a plain vector, always f32.
[[nodiscard]] Layout bias_layout(std::int64_t channels);

/// Attributes with the activation fused in, if any.
[[nodiscard]] dnnl::primitive_attr attributes(Activation fused);

/// \throws std::invalid_argument where training cannot fuse it: its backward wants what it was of
void check_fused(Activation activation, const std::string& text);

struct Passes {
  std::string text;  ///< the problem, for names and errors
  bool bias = false;
  Compiled forward, backward_data, backward_weights;
  Convolution::Forward forward_layouts;
  Convolution::BackwardData backward_data_layouts;
  Convolution::BackwardWeights backward_weights_layouts;

  template <class Kernel>
  void take_layouts(const Kernel& of) {
    forward_layouts = of.forward_layouts;
    backward_data_layouts = of.backward_data_layouts;
    backward_weights_layouts = of.backward_weights_layouts;
  }
  template <class Primitive, class Descriptor>
  void set_forward(const Descriptor& d, const Layout& bias_wanted) {
    forward = compile<Primitive>(d);
    forward_layouts = {to_layout(d.src_desc()), to_layout(d.weights_desc()), bias_wanted,
                       to_layout(d.dst_desc())};
  }
  template <class Primitive, class Descriptor>
  void set_backward_data(const Descriptor& d) {
    backward_data = compile<Primitive>(d);
    backward_data_layouts = {to_layout(d.diff_dst_desc()), to_layout(d.weights_desc()),
                             to_layout(d.diff_src_desc())};
  }
  template <class Primitive, class Descriptor>
  void set_backward_weights(const Descriptor& d, const Layout& bias_wanted) {
    backward_weights = compile<Primitive>(d);
    backward_weights_layouts = {to_layout(d.src_desc()), to_layout(d.diff_dst_desc()),
                                to_layout(d.diff_weights_desc()), bias_wanted};
  }

  [[nodiscard]] std::size_t scratch_bytes() const;
  [[nodiscard]] Step bind_forward(const Memory& src, const Memory& weights, const Memory& b,
                                  const Memory& dst, Scratch scratch) const;
  [[nodiscard]] Step bind_backward_data(const Memory& diff_dst, const Memory& weights,
                                        const Memory& diff_src, Scratch scratch) const;
  [[nodiscard]] Step bind_backward_weights(const Memory& src, const Memory& diff_dst,
                                           const Memory& diff_weights, const Memory& diff_bias,
                                           Scratch scratch) const;
};

}  // namespace lamarck::kernels::detail
