#include <fmt/format.h>

#include <cstring>
#include <memory>
#include <stdexcept>

#include "kernels/buffer.hpp"
#include "kernels/combine.hpp"
#include "kernels/detail/engine.hpp"

namespace lamarck::kernels {

Step reorder(Memory src, Memory dst) {
  const std::string name = fmt::format("reorder {} to {}", src.layout.text(), dst.layout.text());
  detail::check_operand(src.layout, src, "src", name);
  detail::check_operand(dst.layout, dst, "dst", name);
  if (src.layout.empty() || dst.layout.empty() || src.layout.dims() != dst.layout.dims())
    throw std::invalid_argument(name + ": both must have the same dimensions");
  if (src.layout == dst.layout) {
    const std::size_t bytes = src.layout.bytes();
    return {name, [from = src.data, to = dst.data, bytes] {
              if (from != to) std::memcpy(to, from, bytes);
            }};
  }
  return detail::guarded(name, [&]() -> Step {
    const dnnl::reorder::primitive_desc descriptor(detail::engine(), detail::desc_of(src.layout),
                                                   detail::engine(), detail::desc_of(dst.layout),
                                                   detail::attributes());
    const auto compiled = detail::compile<dnnl::reorder>(descriptor);
    // Few reorders want scratch; those keep their own, so that callers need not provide any.
    auto scratch = std::make_shared<const Buffer>(compiled.scratch_bytes());
    Step step = detail::make_step(name, compiled,
                                  {detail::operand(DNNL_ARG_FROM, src.layout, src, "src", name),
                                   detail::operand(DNNL_ARG_TO, dst.layout, dst, "dst", name)},
                                  scratch->data());
    if (scratch->bytes() == 0) return step;
    return {name, [scratch, run = std::move(step.run)] { run(); }};
  });
}

void reorder_now(Memory src, Memory dst) { reorder(src, dst).run(); }

}  // namespace lamarck::kernels
