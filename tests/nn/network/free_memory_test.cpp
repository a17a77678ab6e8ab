#include "nn/network/free_memory.hpp"

#include <sstream>

#include "kernels/error.hpp"
#include "nn/network/network.hpp"
#include "tests/catch.hpp"
#include "tests/nn/network/fixtures.hpp"

using namespace lamarck;
using namespace lamarck::nn;

TEST_CASE("free memory is read where the system says it", "[network][memory]") {
  std::istringstream meminfo{
      "MemTotal:       24689764 kB\nMemFree:         1000 kB\nMemAvailable:    2048 kB\n"};
  CHECK(available_bytes(meminfo) == 2048U * 1024U);
  std::istringstream silent{"MemTotal: 1 kB\n"};
  CHECK_FALSE(available_bytes(silent));
  CHECK_NOTHROW(check_memory("network", SIZE_MAX, std::nullopt));
  CHECK_NOTHROW(check_memory("network", 5, 5));
  CHECK_THROWS_WITH(check_memory("network", std::size_t{3} << 30, std::size_t{1} << 30),
                    "network: needs 3.0 GiB, 1.0 GiB are free");
}

TEST_CASE("a batch beyond memory is refused before anything is allocated", "[network][memory]") {
  const Architecture architecture = test::chain(
      {16, 64, 64}, {{"a", Conv{.out = 64, .kernel = {1, 1}, .act = Activation::gelu}, {}},
                     {"b", Conv{.out = 64, .kernel = {1, 1}, .act = Activation::gelu}, {}}});
  const Model model = test::random_model(architecture, 1);
  CHECK_THROWS_AS((Network{model, {.batch = 1 << 20}}), IoError);
  CHECK(network_bytes(model, {.batch = 1 << 20}) > std::size_t{1} << 38);
  const Network small{model, {.batch = 2}};
  CHECK(network_bytes(model, {.batch = 2}) > small.arena_bytes());
  CHECK_THROWS_AS((Network{model, {.batch = 0}}), std::invalid_argument);
}
