// Counts the multiply-adds of a built-in network through the installed headers and libraries alone.
#include <nn/blocks.hpp>
#include <nn/costs.hpp>

#include <iostream>

int main() {
  const auto network = lamarck::nn::built_in("lenet", {1, 28, 28}, 10);
  std::cout << lamarck::nn::costs(network).macs << '\n';
  return lamarck::nn::costs(network).macs > 1'000'000 ? 0 : 1;
}
