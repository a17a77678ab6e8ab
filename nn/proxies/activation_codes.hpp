// Which units of a network fire for which image, and how well that tells the images apart.
//
// Source: J. Mellor et al., "Neural architecture search without training" (NASWOT), ICML 2021.
// Thread safety: pure functions.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "nn/proxies/proxy.hpp"

namespace lamarck::nn {

/// One bit a unit and image: the value after the activation is above 0. Units are all elements of
/// all nodes whose activation has a kink or a zero at 0 (all but identity and sigmoid).
struct ActivationCodes {
  std::size_t images = 0, units = 0;
  std::vector<bool> bits;  ///< {images, units}
};
/// In training mode: normalisations use the batch. No units where no node has such an activation.
[[nodiscard]] ActivationCodes activation_codes(const Model& model, const ProxyBatch& batch);

/// The logarithm of the determinant of the kernel K[i][j] = units in which the codes of images i
/// and j agree. Nothing where it is singular: two images have one code, or there are too few units
/// to tell them apart.
/// Example: codes 110 and 011 agree in one unit of three: K = {{3, 1}, {1, 3}}, log 8.
[[nodiscard]] std::optional<double> log_determinant(const ActivationCodes& codes);

}  // namespace lamarck::nn
