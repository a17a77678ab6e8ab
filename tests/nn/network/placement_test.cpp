#include "nn/network/detail/placement.hpp"

#include <stdexcept>

#include "kernels/random.hpp"
#include "tests/catch.hpp"

using namespace lamarck::nn::detail;

namespace {

std::vector<Lifetime> random_lifetimes(std::uint64_t seed) {
  lamarck::Random random{seed, "lifetimes"};
  std::vector<Lifetime> buffers(1 + random.below(60));
  for (Lifetime& buffer : buffers) {
    buffer.bytes = random.chance(0.1) ? 0 : 1 + random.below(5000);
    buffer.first = random.below(40);
    buffer.last = buffer.first + random.below(random.chance(0.2) ? 40 : 4);
  }
  return buffers;
}

}  // namespace

TEST_CASE("buffers that live at the same time never overlap", "[network][placement]") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto buffers = random_lifetimes(seed);
    const Placement placement = place(buffers);
    REQUIRE(placement.offsets.size() == buffers.size());
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      REQUIRE(placement.offsets[i] % kAlignment == 0);
      REQUIRE(placement.offsets[i] + buffers[i].bytes <= placement.bytes);
      for (std::size_t k = 0; k < i; ++k) {
        if (!buffers[i].meets(buffers[k])) continue;
        const bool apart = placement.offsets[i] + buffers[i].bytes <= placement.offsets[k] ||
                           placement.offsets[k] + buffers[k].bytes <= placement.offsets[i];
        REQUIRE((apart || buffers[i].bytes == 0 || buffers[k].bytes == 0));
      }
    }
  }
}

TEST_CASE("an arena stays close to the most that is alive at once", "[network][placement]") {
  double needed = 0;
  double used = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto buffers = random_lifetimes(seed);
    const Placement placement = place(buffers);
    CHECK(placement.bytes >= peak_bytes(buffers));
    needed += static_cast<double>(peak_bytes(buffers));
    used += static_cast<double>(placement.bytes);
  }
  CHECK(used < 1.1 * needed);
}

TEST_CASE("a chain of equal buffers takes the place of two", "[network][placement]") {
  const std::vector<Lifetime> chain{{100, 0, 1}, {100, 1, 2}, {100, 2, 3}, {100, 3, 4}};
  const Placement placement = place(chain);
  CHECK(placement.bytes == 256);
  CHECK(placement.offsets == std::vector<std::size_t>{0, 128, 0, 128});
}

TEST_CASE("placing refuses a buffer that ends before it begins", "[network][placement]") {
  CHECK_THROWS_AS(place(std::vector<Lifetime>{{1, 2, 1}}), std::invalid_argument);
  CHECK(place({}).bytes == 0);
}
