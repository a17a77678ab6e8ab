#include "kernels/detail/eltwise.hpp"

#include <stdexcept>

namespace lamarck::kernels::detail {

Eltwise eltwise_of(Activation activation) {
  using enum dnnl::algorithm;
  switch (activation) {
    case Activation::identity:
      break;
    case Activation::relu:
      return {eltwise_relu, eltwise_relu_use_dst_for_bwd, true};
    case Activation::relu6:
      return {eltwise_clip_v2, eltwise_clip_v2_use_dst_for_bwd, true, 0.0F, 6.0F};
    case Activation::leaky_relu:
      return {eltwise_relu, eltwise_relu_use_dst_for_bwd, true, 0.01F};
    case Activation::elu:
      return {eltwise_elu, eltwise_elu_use_dst_for_bwd, true, 1.0F};
    case Activation::gelu:
      return {eltwise_gelu_erf, eltwise_gelu_erf};
    case Activation::silu:
      return {eltwise_swish, eltwise_swish, false, 1.0F};
    case Activation::hard_swish:
      return {eltwise_hardswish, eltwise_hardswish, false, kHardSwishAlpha, kHardSwishBeta};
    case Activation::sigmoid:
      return {eltwise_logistic, eltwise_logistic_use_dst_for_bwd, true};
    case Activation::tanh:
      return {eltwise_tanh, eltwise_tanh_use_dst_for_bwd, true};
  }
  throw std::invalid_argument("activation: identity has no kernel");
}

}  // namespace lamarck::kernels::detail
