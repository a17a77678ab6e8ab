#include "nn/network/free_memory.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "kernels/error.hpp"
#include "nn/network/network.hpp"
#include "tests/catch.hpp"
#include "tests/nn/network/fixtures.hpp"
#include "tests/support/temp_folder.hpp"

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

TEST_CASE("what a control group leaves is its limit less what it cannot give back",
          "[network][memory]") {
  const test::TempFolder folder;
  const auto write = [&](const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories((folder.path() / file).parent_path());
    std::ofstream{folder.path() / file} << text << '\n';
  };
  const auto left = [&](const std::string& groups) {
    std::istringstream in{groups};
    return group_bytes(in, folder.path());
  };
  CHECK_FALSE(left("0::/\n"));
  CHECK_FALSE(left("no such line\n4:cpu:/a\n"));

  write("memory.max", "max");
  write("a/memory.max", "1000");
  write("a/memory.current", "700");
  write("a/memory.stat", "anon 400\ninactive_file 300\nactive_file 5");
  CHECK_FALSE(left("0::/\n"));
  CHECK(left("0::/a\n") == 605U);
  CHECK(left("0::/a/b\n") == 605U);  // a group around it limits it too
  write("a/b/memory.max", "100");
  CHECK(left("0::/a/b\n") == 100U);
  write("a/b/memory.current", "150");
  CHECK(left("0::/a/b\n") == 0U);

  write("memory/memory.limit_in_bytes", "5000");
  write("memory/memory.usage_in_bytes", "1000");
  write("memory/memory.stat", "inactive_file 1\ntotal_inactive_file 200");
  CHECK(left("9:cpuset:/\n4:cpu,memory:/elsewhere\n") == 4200U);
  CHECK(left("4:memory:/\n0::/a\n") == 605U);
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
