#include "kernels/cpu.hpp"

#include <sched.h>

#include <cstdlib>
#include <string>

#include "tests/catch.hpp"

using namespace lamarck::kernels;

TEST_CASE("the CPU is described", "[cpu]") {
  const Cpu cpu = this_cpu();
  CHECK_FALSE(cpu.model.empty());
  CHECK(cpu.model.front() != ' ');
  CHECK(cpu.cores >= 1);
  CHECK_FALSE(cpu.isa.empty());
  CHECK(cpu.isa.find("cpu_isa") == std::string::npos);
  const char* limit = std::getenv("ONEDNN_MAX_CPU_ISA");
  if (limit && std::string(limit) == "SSE41") CHECK(cpu.isa == "sse41");
}

TEST_CASE("the cores are those this process may use", "[cpu]") {
  cpu_set_t all, one;
  REQUIRE(sched_getaffinity(0, sizeof all, &all) == 0);
  CHECK(this_cpu().cores == CPU_COUNT(&all));
  CPU_ZERO(&one);
  for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i)
    if (CPU_ISSET(i, &all)) CPU_SET(i, &one);
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  const int cores = this_cpu().cores;
  REQUIRE(sched_setaffinity(0, sizeof all, &all) == 0);
  CHECK(cores == 1);
}

TEST_CASE("the kernel library says which it is", "[cpu]") {
  const std::string text = kernel_library();
  CHECK(text.starts_with("oneDNN "));
  const bool known =
      text.ends_with("(OpenMP)") || text.ends_with("(TBB)") || text.ends_with("(sequential)");
  CHECK(known);
}
