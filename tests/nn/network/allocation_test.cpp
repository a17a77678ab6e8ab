// Steps allocate nothing: every operator new of this program is counted, but for those that the
// kernel library calls for itself while it runs a primitive.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // malloc and free stand behind both here
#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string_view>

#include "nn/network/network.hpp"
#include "tests/catch.hpp"
#include "tests/nn/network/fixtures.hpp"

namespace {

std::atomic<bool> counting = false;
std::atomic<int> own = 0;

bool from_kernel_library(void* caller) {
  Dl_info info{};
  return dladdr(caller, &info) != 0 && info.dli_fname != nullptr &&
         std::string_view{info.dli_fname}.find("libdnnl") != std::string_view::npos;
}

void* counted(std::size_t bytes, void* caller) {
  if (counting && !from_kernel_library(caller)) ++own;
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc{};
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes, __builtin_return_address(0)); }
void* operator new[](std::size_t bytes) { return counted(bytes, __builtin_return_address(0)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

TEST_CASE("steps allocate nothing", "[network][allocation]") {
  std::vector<Case> cases = all_cases();
  cases.push_back(
      {"dropout", chain({3, 6, 6}, {{"conv", Conv{.out = 4}, {}}, {"drop", Dropout{0.5F}, {}}})});
  for (const Case& each : cases) {
    INFO(each.name);
    Network network{random_model(each.architecture, 1), {.batch = each.batch}};
    network.forward(0);
    network.backward();
    own = 0;
    counting = true;
    network.forward(1);
    network.backward();
    counting = false;
    CHECK(own == 0);
  }
}

TEST_CASE("the count of allocations can fail", "[network][allocation]") {
  own = 0;
  counting = true;
  const auto one = std::make_unique<std::vector<int>>(100);
  counting = false;
  CHECK(one->size() == 100);
  CHECK(own == 2);
}
