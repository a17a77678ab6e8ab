#include "kernels/image_writer.hpp"

#include <stdexcept>

#include "tests/catch.hpp"
#include "tests/support/activation_layouts.hpp"
#include "tests/support/laid_out.hpp"

using namespace lamarck::kernels;
using namespace lamarck::test;
using lamarck::Random;

namespace {

std::vector<float> numbers(std::size_t count) {
  Random random{3};
  std::vector<float> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(static_cast<float>(random.normal()));
  return all;
}

void write_all(const ImageWriter& writer, const std::vector<float>& images) {
  for (std::size_t i = 0; i < writer.images(); ++i)
    writer.write(i, std::span{images}.subspan(i * writer.image_size(), writer.image_size()));
}

}  // namespace

TEST_CASE("images are written in every order, padding zero", "[image_writer]") {
  for (const Dims& dims : {Dims{3, 1, 5, 4}, Dims{2, 3, 4, 4}, Dims{2, 5, 3, 2}, Dims{3, 17, 2, 3},
                           Dims{2, 16, 3, 3}, Dims{4, 9, 1, 1}})
    for (const Layout& order : activation_layouts(dims))
      for (const DataType type : {DataType::f32, DataType::bf16}) {
        const Layout layout = order.as(type);
        INFO(layout.text());
        REQUIRE(ImageWriter::writes(layout));
        const std::vector<float> images = numbers(layout.elements());
        Values expected{images.begin(), images.end()};
        if (type == DataType::bf16) expected = rounded(expected);
        const LaidOut written = rubbish(layout);
        const ImageWriter writer{written.memory()};
        CHECK(writer.images() == static_cast<std::size_t>(dims[0]));
        write_all(writer, images);
        CHECK(read(written) == expected);
        CHECK(padding_is_zero(written));

        writer.clear_from(1);
        std::fill(expected.begin() + static_cast<std::ptrdiff_t>(writer.image_size()),
                  expected.end(), 0.0);
        CHECK(read(written) == expected);
        CHECK(padding_is_zero(written));
        CHECK(writer.in_place(1).empty() != (layout == Layout::plain(dims)));
      }
}

TEST_CASE("an image is written in place where it lies in plain order", "[image_writer]") {
  const Layout plain = Layout::plain({2, 3, 2, 2});
  const LaidOut images = rubbish(plain);
  const ImageWriter writer{images.memory()};
  for (std::size_t i = 0; i < 2; ++i)
    for (float& x : writer.in_place(i)) x = static_cast<float>(i);
  Values expected(24, 0.0);
  std::fill(expected.begin() + 12, expected.end(), 1.0);
  CHECK(read(images) == expected);
}

TEST_CASE("what is no batch of images is refused", "[image_writer]") {
  CHECK_FALSE(ImageWriter::writes({}));
  CHECK_FALSE(ImageWriter::writes(Layout::plain({4})));
  CHECK_FALSE(ImageWriter::writes(Layout::plain({2, 3, 4, 4}, DataType::u8)));
  CHECK_THROWS_WITH(ImageWriter({Layout::plain({4}), nullptr}),
                    Catch::Contains("images cannot be written as f32 4"));
}
