// What it costs to compile networks: the first ResNet-20 of a process, the same again, and children
// one edit away from it, whose shapes it mostly shares.
//
//   bench_compile_time [CHILDREN]
//
// Prints CSV: what,milliseconds; of children the median and the largest, then the median with a
// second thread that compiles others all the while, as a second worker would: what it is more is
// what sharing oneDNN's cache of primitives (and the machine) costs.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "kernels/cpu.hpp"
#include "kernels/random.hpp"
#include "kernels/threads.hpp"
#include "nn/blocks.hpp"
#include "nn/edits/edit.hpp"
#include "nn/network/network.hpp"

using namespace lamarck;

namespace {

double milliseconds_to_compile(const nn::Model& model) {
  const auto began = std::chrono::steady_clock::now();
  const nn::Network network{model, {.batch = 64}};
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began)
      .count();
}

void run(std::size_t number) {
  const nn::Model parent = nn::make_model(nn::built_in("resnet20", {3, 32, 32}, 10), {}, 1);
  const auto cpu = kernels::this_cpu();
  std::printf("# %s, %s, %s\nwhat,milliseconds\n", cpu.model.c_str(), cpu.isa.c_str(),
              kernels::kernel_library().c_str());
  std::printf("cold resnet20,%.1f\n", milliseconds_to_compile(parent));
  std::printf("the same again,%.1f\n", milliseconds_to_compile(parent));
  std::vector<nn::Edit> edits;
  for (const nn::EditKind& kind : nn::edit_kinds())
    for (const nn::Edit& edit : kind.sites(parent.architecture, {})) edits.push_back(edit);
  const auto children = [&](std::uint64_t seed, const auto& go_on) {
    Random random{seed, "children"};
    std::vector<double> times;
    while (go_on(times.size()))
      times.push_back(
          milliseconds_to_compile(nn::apply(parent, edits[random.below(edits.size())])));
    std::ranges::sort(times);
    return times;
  };
  const auto all = [&](std::size_t done) { return done < number; };
  const auto alone = children(1, all);
  std::printf("a child (median of %zu),%.1f\na child (slowest),%.1f\n", number, alone[number / 2],
              alone.back());
  std::atomic<bool> finished{false};
  std::thread other{[&] {
    kernels::with_threads(1, [&] { children(2, [&](std::size_t) { return !finished; }); });
  }};
  const auto beside = children(3, all);
  finished = true;
  other.join();
  std::printf("a child beside another worker's (median),%.1f\n", beside[number / 2]);
}

}  // namespace

int main(int argc, char** argv) {
  const int number = argc > 1 ? std::atoi(argv[1]) : 50;
  if (number < 1) {
    std::fputs("usage: bench_compile_time [CHILDREN]\n", stderr);
    return 2;
  }
  kernels::with_threads(1, [&] { run(static_cast<std::size_t>(number)); });
  return 0;
}
