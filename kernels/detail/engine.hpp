// The process's oneDNN engine, compiled primitives, and how they become steps.
//
// Primitives are shared through oneDNN's own cache, which serves the whole process, is thread-safe
// and bounded: the same problem built again, by any candidate, is a look-up.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "kernels/detail/layout_impl.hpp"
#include "kernels/detail/onednn.hpp"
#include "kernels/error.hpp"
#include "kernels/step.hpp"

namespace lamarck::kernels::detail {

[[nodiscard]] const dnnl::engine& engine();

/// Attributes every primitive here has: scratch memory comes from the caller, so that one primitive
/// may run in several threads at once.
[[nodiscard]] dnnl::primitive_attr attributes();

/// `what: why`, as a KernelError.
[[noreturn]] void refuse(const std::string& what, const dnnl::error& why);

/// Runs `make`; what oneDNN refuses becomes a KernelError that starts with `what`.
template <class Make>
auto guarded(const std::string& what, Make make) -> decltype(make()) {
  try {
    return make();
  } catch (const dnnl::error& why) {
    refuse(what, why);
  }
}

/// A primitive ready to run, and the scratch it wants.
struct Compiled {
  dnnl::primitive primitive;
  MemoryDesc scratch;
  [[nodiscard]] std::size_t scratch_bytes() const { return scratch.get_size(); }
};

template <class Primitive, class Descriptor>
Compiled compile(const Descriptor& descriptor) {
  return {Primitive(descriptor), descriptor.scratchpad_desc()};
}

/// Whether it is one of oneDNN's reference kernels, which are there for coverage, not for speed.
template <class Descriptor>
[[nodiscard]] bool is_reference(const Descriptor& descriptor) {
  return std::string_view{descriptor.impl_info_str()}.substr(0, 3) == "ref";
}

/// The operand `role` (say, "src") of the step `step`, checked against the layout it must have.
/// \throws std::invalid_argument naming both
[[nodiscard]] Operand operand(int arg, const Layout& expected, const Memory& given,
                              std::string_view role, std::string_view step);
/// The check alone, for kernels that are not oneDNN's.
void check_operand(const Layout& expected, const Memory& given, std::string_view role,
                   std::string_view step);

/// Binds operands for good: the step allocates nothing and looks nothing up when it runs.
/// \throws std::invalid_argument where scratch is wanted and none is given
[[nodiscard]] Step make_step(std::string name, const Compiled& compiled,
                             const std::vector<Operand>& operands, Scratch scratch);

}  // namespace lamarck::kernels::detail
