// Our activations as oneDNN's element-wise algorithms.
#pragma once
#include "kernels/activation.hpp"
#include "kernels/detail/onednn.hpp"

namespace lamarck::kernels::detail {

struct Eltwise {
  dnnl::algorithm forward = dnnl::algorithm::undef;
  dnnl::algorithm backward = dnnl::algorithm::undef;  ///< reads dst where from_dst
  bool from_dst = false;
  float alpha = 0, beta = 0;
};

/// \throws std::invalid_argument for identity
[[nodiscard]] Eltwise eltwise_of(Activation activation);

}  // namespace lamarck::kernels::detail
