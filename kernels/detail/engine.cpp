#include "kernels/detail/engine.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>

namespace lamarck::kernels::detail {
namespace {

/// A search meets some hundreds of distinct problems at a time; a primitive is some tens of
/// kilobytes of code. The environment may set another bound.
constexpr int kCachedPrimitives = 2048;

dnnl::engine make_engine() {
  if (!std::getenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY") &&
      !std::getenv("DNNL_PRIMITIVE_CACHE_CAPACITY"))
    dnnl::set_primitive_cache_capacity(kCachedPrimitives);
  return {dnnl::engine::kind::cpu, 0};
}

/// Everything a bound primitive touches, alive as long as its step.
struct Bound {
  dnnl::primitive primitive;
  dnnl::stream stream;
  std::vector<dnnl::memory> memories;
  std::vector<dnnl_exec_arg_t> arguments;
};

}  // namespace

const dnnl::engine& engine() {
  static const dnnl::engine shared = guarded("oneDNN engine", make_engine);
  return shared;
}

dnnl::primitive_attr attributes() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

void refuse(const std::string& what, const dnnl::error& why) {
  throw KernelError(fmt::format("{}: {}", what, dnnl_status2str(why.status)));
}

void check_operand(const Layout& expected, const Memory& given, std::string_view role,
                   std::string_view step) {
  if (!(given.layout == expected))
    throw std::invalid_argument(
        fmt::format("{}: {} must be {}, got {}", step, role, expected.text(), given.layout.text()));
  if (!given.data) throw std::invalid_argument(fmt::format("{}: {} has no memory", step, role));
}

Operand operand(int arg, const Layout& expected, const Memory& given, std::string_view role,
                std::string_view step) {
  check_operand(expected, given, role, step);
  return {arg, desc_of(expected), given.data};
}

Step make_step(std::string name, const Compiled& compiled, const std::vector<Operand>& operands,
               Scratch scratch) {
  return guarded(name, [&]() -> Step {
    auto bound = std::make_shared<Bound>();
    bound->primitive = compiled.primitive;
    bound->stream = dnnl::stream(engine());
    const auto add = [&](int arg, const MemoryDesc& desc, void* data) {
      bound->memories.emplace_back(desc, engine(), data);
      bound->arguments.push_back({arg, bound->memories.back().get()});
    };
    for (const Operand& o : operands) add(o.arg, o.desc, o.data);
    if (compiled.scratch_bytes() > 0) {
      if (!scratch)
        throw std::invalid_argument(
            fmt::format("{}: needs {} bytes of scratch, got none", name, compiled.scratch_bytes()));
      add(DNNL_ARG_SCRATCHPAD, compiled.scratch, scratch);
    }
    auto run = [bound, name] {
      const dnnl_status_t status = dnnl_primitive_execute(
          bound->primitive.get(), bound->stream.get(), static_cast<int>(bound->arguments.size()),
          bound->arguments.data());
      if (status != dnnl_success)
        throw KernelError(fmt::format("{}: {}", name, dnnl_status2str(status)));
    };
    return {name, std::move(run)};
  });
}

}  // namespace lamarck::kernels::detail
