#include "nn/proxies/activation_codes.hpp"
#include "nn/proxies/detail/kinds.hpp"

namespace lamarck::nn::detail {

std::optional<double> naswot(const Model& model, const ProxyBatch& batch) {
  return log_determinant(activation_codes(model, batch));
}

}  // namespace lamarck::nn::detail
