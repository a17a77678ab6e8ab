#include "nn/costs.hpp"

#include "nn/proxies/detail/kinds.hpp"

namespace lamarck::nn::detail {

std::optional<double> macs(const Model& model, const ProxyBatch&) {
  return static_cast<double>(costs(model.architecture).macs);
}

std::optional<double> params(const Model& model, const ProxyBatch&) {
  return static_cast<double>(costs(model.architecture).params);
}

}  // namespace lamarck::nn::detail
