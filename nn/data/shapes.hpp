// A generated data set that needs no download: small grey images of ten figures at random places,
// sizes and angles, in varied brightness, under noise and clutter.
#pragma once
#include <cstdint>

#include "nn/data/dataset.hpp"

namespace lamarck::nn {

/// 6,000 training and 2,000 test images, 1 x 20 x 20, ten classes of equal size in a mixed order.
/// The same seed gives the same bytes on every machine.
[[nodiscard]] TrainTest make_shapes(std::uint64_t seed, std::size_t train = 6000,
                                    std::size_t test = 2000);

}  // namespace lamarck::nn
