#include "nn/network/detail/free_memory.hpp"

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
  CHECK(detail::available_bytes(meminfo) == 2048U * 1024U);
  std::istringstream silent{"MemTotal: 1 kB\n"};
  CHECK_FALSE(detail::available_bytes(silent));
  CHECK_NOTHROW(detail::check_memory(SIZE_MAX, std::nullopt));
  CHECK_NOTHROW(detail::check_memory(5, 5));
  CHECK_THROWS_WITH(detail::check_memory(std::size_t{3} << 30, std::size_t{1} << 30),
                    "network: 3.0 GiB of activations, 1.0 GiB are free");
}

TEST_CASE("a batch beyond memory is refused before anything is allocated", "[network][memory]") {
  const Architecture architecture = test::chain(
      {16, 64, 64}, {{"a", Conv{.out = 64, .kernel = {1, 1}, .act = Activation::gelu}, {}},
                     {"b", Conv{.out = 64, .kernel = {1, 1}, .act = Activation::gelu}, {}}});
  const Model model = test::random_model(architecture, 1);
  CHECK_THROWS_AS((Network{model, {.batch = 1 << 20}}), IoError);
  CHECK_THROWS_AS((Network{model, {.batch = 0}}), std::invalid_argument);
}
