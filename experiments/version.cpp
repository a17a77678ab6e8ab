#include "experiments/version.hpp"

namespace lamarck::experiments {
std::string_view version() { return "0.1.0"; }
}  // namespace lamarck::experiments
