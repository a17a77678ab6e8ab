// Checks that problems share. Each throws std::invalid_argument that starts with the problem.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

#include "kernels/layout.hpp"

namespace lamarck::kernels::detail {

class Checker {
 public:
  explicit Checker(std::string problem) : problem_{std::move(problem)} {}

  struct Size {
    std::string_view name;
    int value;
  };
  void at_least(int least, std::initializer_list<Size> sizes) const;
  void divides(std::string_view name, int divisor, std::string_view whole_name, int whole) const;
  /// One window at least fits the padded image, and nothing overflows on the way.
  void window(std::string_view axis, int in, int before, int after, int kernel, int dilation) const;
  /// The tensor has at most 2^40 elements: what is beyond is a mistake, and overflows nothing yet.
  void tensor(std::string_view name, const Dims& dims) const;
  [[noreturn]] void fail(const std::string& what) const;

 private:
  std::string problem_;
};

}  // namespace lamarck::kernels::detail
