// Steps allocate nothing: every operator new of this program is counted, but for those that the
// kernel library calls for itself while it runs a primitive.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // malloc and free stand behind both here
#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <numeric>
#include <string_view>
#include <vector>

#include "kernels/image_writer.hpp"
#include "kernels/softmax.hpp"
#include "nn/blocks.hpp"
#include "nn/data/batches.hpp"
#include "nn/data/shapes.hpp"
#include "nn/network/network.hpp"
#include "nn/training/optimizer.hpp"
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

namespace {
/// How many times `work` allocates.
template <class Work>
int allocations_of(const Work& work) {
  own = 0;
  counting = true;
  work();
  counting = false;
  return own;
}
}  // namespace

TEST_CASE("steps allocate nothing", "[network][allocation]") {
  std::vector<Case> cases = all_cases();
  cases.push_back(
      {"dropout", chain({3, 6, 6}, {{"conv", Conv{.out = 4}, {}}, {"drop", Dropout{0.5F}, {}}})});
  for (const auto precision : {kernels::DataType::f32, kernels::DataType::bf16})
    for (const Case& each : cases) {
      INFO(each.name << " in " << kernels::name(precision));
      Network network{random_model(each.architecture, 1),
                      {.batch = each.batch, .precision = precision}};
      network.forward(0);
      network.backward();
      CHECK(allocations_of([&] {
              network.forward(1);
              network.backward();
            }) == 0);
    }
}

TEST_CASE("a whole step of training allocates nothing, from the batch to the update",
          "[network][allocation]") {
  const Dataset data = make_shapes(1, 64, 1).train;
  std::vector<std::uint32_t> all(64);
  std::iota(all.begin(), all.end(), 0U);
  Batches batches{
      data, all, measure_normalisation(data, all), {.crop_pad = 2, .flip = true, .erase = 0.5},
      16,   1};
  for (const auto precision : {kernels::DataType::f32, kernels::DataType::bf16})
    for (const auto kind : {OptimizerKind::sgd, OptimizerKind::adamw}) {
      Network network{make_model(built_in("small-residual", data.shape, 10), {}, 1),
                      {.batch = 16, .precision = precision, .plain_input = false}};
      const kernels::ImageWriter images{network.images()};
      Optimizer optimizer{{.kind = kind, .weight_decay = 1e-4, .clip = 1, .ema = 0.9},
                          network.blocks(),
                          network.parameters().size()};
      std::vector<int> labels(16);
      const auto step = [&](std::size_t number) {
        batches.training(0, number, images, labels, {});
        network.forward(number);
        kernels::softmax_cross_entropy(network.output(), labels, 10, 0.1,
                                       network.output_gradient());
        network.backward();
        optimizer.step(0.01, network.parameters(), network.gradients(), network.half_parameters());
      };
      step(0);
      CHECK(allocations_of([&] { step(1); }) == 0);
    }
}

TEST_CASE("the count of allocations can fail", "[network][allocation]") {
  std::unique_ptr<std::vector<int>> one;
  CHECK(allocations_of([&] { one = std::make_unique<std::vector<int>>(100); }) == 2);
  CHECK(one->size() == 100);
}
