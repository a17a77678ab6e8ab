#include "nn/model.hpp"

#include <stdexcept>

namespace lamarck::nn {

Tensor::Tensor(std::vector<int> shape_, float value) : shape{std::move(shape_)} {
  std::size_t elements = 1;
  for (const int size : shape) {
    if (size < 1) throw std::invalid_argument("tensor: sizes must be at least 1");
    elements *= static_cast<std::size_t>(size);
  }
  data.assign(elements, value);
}

}  // namespace lamarck::nn
