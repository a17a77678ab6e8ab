// Operations on plain vectors: flatten and softmax.
#include <fmt/format.h>

#include <span>

#include "kernels/softmax.hpp"
#include "nn/network/detail/lower.hpp"

namespace lamarck::nn::detail {
namespace {

std::span<float> floats(const Memory& memory) {
  return {static_cast<float*>(memory.data), memory.layout.elements()};
}

kernels::Step softmax_forward(const Memory& src, const Memory& dst, std::size_t classes) {
  return {fmt::format("softmax {} forward", src.layout.text()),
          [from = floats(src), to = floats(dst), classes] { kernels::softmax(from, classes, to); }};
}

kernels::Step softmax_backward(const Memory& dst, const Memory& diff_dst, const Memory& diff_src,
                               std::size_t classes) {
  return {fmt::format("softmax {} backward", dst.layout.text()),
          [probabilities = floats(dst), diff = floats(diff_dst), to = floats(diff_src), classes] {
            kernels::softmax_backward(probabilities, diff, classes, to);
          }};
}

}  // namespace

Sizes sizes(const Layout& layout) {
  const kernels::Dims& dims = layout.dims();
  const auto at = [&](std::size_t i) { return static_cast<int>(dims.at(i)); };
  return {at(0), at(1), at(2), at(3)};
}

Var lower(Builder& b, const Site& site, const Flatten&) {
  const Var input = site.inputs[0];
  if (site.read_as_image) return input;  // (c, h, w) is the order a dense reads anyway
  const kernels::Dims dims = b.value(input).layout.dims();
  if (dims[2] * dims[3] == 1) return input;
  const Layout plain = Layout::plain(dims);
  const Value image = b.reordered(b.value(input), plain);
  const Var output = b.variable(viewed(image, {dims[0], dims[1] * dims[2] * dims[3], 1, 1}),
                                b.differentiable(input));
  if (!b.differentiable(input)) return output;
  b.on_backward([&b, input, output, dims] {
    const Layout flat = b.value(output).layout;
    b.give(input, viewed(b.gradient(output, flat), dims));
  });
  return output;
}

Var lower(Builder& b, const Site& site, const Softmax&) {
  const Var input = site.inputs[0];
  const Layout plain = Layout::plain(b.value(input).layout.dims());
  const auto classes = static_cast<std::size_t>(plain.dims()[1]);
  const Value dst = b.buffer(plain);
  b.emit({.reads = {b.reordered(b.value(input), plain)},
          .writes = {dst},
          .overwrites = {0},
          .bind = [classes](const Operands& o) {
            return softmax_forward(o.reads[0], o.writes[0], classes);
          }});
  const Var output = b.variable(dst, b.differentiable(input));
  if (!b.differentiable(input)) return output;
  b.on_backward([&b, input, output, dst, plain, classes] {
    const Value diff_src = b.buffer(plain);
    b.emit({.reads = {dst, b.gradient(output, plain)},
            .writes = {diff_src},
            .bind = [classes](const Operands& o) {
              return softmax_backward(o.reads[0], o.reads[1], o.writes[0], classes);
            }});
    b.give(input, diff_src);
  });
  return output;
}

}  // namespace lamarck::nn::detail
