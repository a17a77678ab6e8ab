#include "kernels/buffer.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>
#include <utility>

#include "tests/catch.hpp"

using lamarck::kernels::Buffer;

TEST_CASE("a buffer is zeroed and aligned", "[buffer]") {
  for (const std::size_t bytes : {1U, 4U, 63U, 64U, 65U, 100000U}) {
    const Buffer buffer(bytes);
    CHECK(buffer.bytes() == bytes);
    CHECK(buffer.floats().size() == bytes / 4);
    CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64 == 0);
    CHECK(std::all_of(buffer.data(), buffer.data() + bytes,
                      [](std::byte b) { return b == std::byte{0}; }));
  }
  CHECK(Buffer().data() == nullptr);
  CHECK(Buffer(0).bytes() == 0);
}

TEST_CASE("a buffer moves and takes its bytes along", "[buffer]") {
  Buffer a(64);
  a.floats()[3] = 7;
  const std::byte* where = a.data();
  const Buffer b = std::move(a);
  CHECK(b.data() == where);
  CHECK(b.floats()[3] == 7);
}

TEST_CASE("a buffer that does not fit memory throws", "[buffer]") {
  CHECK_THROWS_AS(Buffer(std::numeric_limits<std::size_t>::max()), std::bad_alloc);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which abort on such a size
  CHECK_THROWS_AS(Buffer(std::size_t{1} << 60), std::bad_alloc);
#endif
}
