// The errors that leave a library, by who is to mend them. Messages say where, what was expected
// and what was found. A calling mistake is std::invalid_argument; only the command line catches and
// prints.
#pragma once
#include <stdexcept>

namespace lamarck {

/// The user's file or flag is wrong: `run.yaml:12:3: search.populaton: unknown key (did you mean
/// ...?)`.
struct ConfigError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A file or the system is at fault: `runs/a/run.db: schema 7, this build reads up to 5`.
struct IoError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// oneDNN refuses: `conv n32 ic3 ih32 oc16 k3: unimplemented`.
struct KernelError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace lamarck
