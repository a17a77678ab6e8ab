// A step: one operation with its operands bound, so that running it is all that is left to do.
// Networks are flat lists of these. Building one may allocate and throw; running one does neither.
//
// Thread safety: a step may run in one thread at a time; steps made from one kernel with different
// operands and scratchpads may run at once.
#pragma once
#include <cstddef>
#include <functional>
#include <string>

namespace lamarck::kernels {

struct Step {
  std::string name;  ///< what it does, on what: `conv n64 ic16 ih32 oc16 k3 forward`
  std::function<void()> run;
};

/// Bytes a kernel wants to scribble on while it runs, 64-byte aligned; one block serves all steps
/// of a thread. Given as a pointer on binding.
using Scratch = void*;

}  // namespace lamarck::kernels
