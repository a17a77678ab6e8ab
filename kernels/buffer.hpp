// Memory aligned for the kernels.
#pragma once
#include <cstddef>
#include <memory>
#include <span>

namespace lamarck::kernels {

/// Zeroed bytes, aligned to 64. Move-only.
class Buffer {
 public:
  Buffer() = default;
  /// \throws std::bad_alloc
  explicit Buffer(std::size_t bytes);
  [[nodiscard]] std::byte* data() const { return data_.get(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::span<float> floats() const {
    return {reinterpret_cast<float*>(data_.get()), bytes_ / sizeof(float)};
  }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t bytes_ = 0;
};

}  // namespace lamarck::kernels
