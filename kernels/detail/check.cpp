#include "kernels/detail/check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <climits>
#include <stdexcept>

namespace lamarck::kernels::detail {

void Checker::fail(const std::string& what) const {
  throw std::invalid_argument(fmt::format("{}: {}", problem_, what));
}

void Checker::at_least(int least, std::initializer_list<Size> sizes) const {
  for (const Size& size : sizes)
    if (size.value < least)
      fail(fmt::format("{} must be at least {}, got {}", size.name, least, size.value));
}

void Checker::divides(std::string_view name, int divisor, std::string_view whole_name,
                      int whole) const {
  if (whole % divisor != 0)
    fail(fmt::format("{} must divide {}, got {} and {}", name, whole_name, divisor, whole));
}

void Checker::window(std::string_view axis, int in, int before, int after, int kernel,
                     int dilation) const {
  const std::int64_t padded = std::int64_t{in} + before + after;
  const std::int64_t reach = std::int64_t{dilation} * (kernel - 1) + 1;
  if (padded > INT_MAX || reach > INT_MAX) fail(fmt::format("{} is too large", axis));
  if (reach > padded)
    fail(fmt::format("the output is empty: over the {}, the kernel reaches {} of {} with padding",
                     axis, reach, padded));
}

void Checker::tensor(std::string_view name, const Dims& dims) const {
  double elements = 1;
  for (const std::int64_t d : dims) elements *= static_cast<double>(d);
  if (elements > 0x1p40)
    fail(fmt::format("{} is too large: {} elements", name, fmt::join(dims, "x")));
}

}  // namespace lamarck::kernels::detail
