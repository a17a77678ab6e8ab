// Picks the version of a kernel that is compiled for a layout's type.
#pragma once
#include <functional>

#include "kernels/layout.hpp"
#include "kernels/simd/lanes.hpp"
#include "kernels/step.hpp"

namespace lamarck::kernels::detail {

template <class Element>
Element* elements(const Memory& memory) {
  return static_cast<Element*>(memory.data);
}

/// make(Element{}) for the type of the layout's elements, float or simd::Bf16. \pre one of these
template <class Make>
std::function<void()> of_type(const Layout& layout, const Make& make) {
  return layout.type() == DataType::f32 ? make(float{}) : make(simd::Bf16{});
}

}  // namespace lamarck::kernels::detail
