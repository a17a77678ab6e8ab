#include "nn/data/batches.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "kernels/random.hpp"
#include "nn/data/split.hpp"
#include "tests/catch.hpp"
#include "tests/support/activation_layouts.hpp"
#include "tests/support/laid_out.hpp"

using namespace lamarck;
using namespace lamarck::nn;

namespace {

Dataset images(std::size_t count, Shape shape, std::uint64_t seed) {
  Dataset data;
  data.shape = shape;
  data.classes = 3;
  Random random{seed, "images"};
  for (std::size_t i = 0; i < count; ++i) data.labels.push_back(static_cast<int>(i % 3));
  data.pixels.resize(count * static_cast<std::size_t>(shape.elements()));
  // Never the mean, so that zeros are padding or erased.
  for (auto& pixel : data.pixels)
    pixel =
        static_cast<std::uint8_t>(random.chance(0.5) ? random.below(60) : 200 + random.below(56));
  return data;
}

struct Batch {
  std::vector<float> images;
  std::vector<int> labels;
  std::vector<float> targets;
  bool operator==(const Batch&) const = default;
};

Batch room(const Dataset& data, int batch) {
  const auto rows = static_cast<std::size_t>(batch);
  return {.images = std::vector<float>(rows * static_cast<std::size_t>(data.shape.elements()), -99),
          .labels = std::vector<int>(data.classes > 0 ? rows : 0, -99),
          .targets = std::vector<float>(rows * static_cast<std::size_t>(data.target_size), -99)};
}

Batch train(Batches& batches, const Dataset& data, int batch, std::size_t epoch, std::size_t step) {
  Batch out = room(data, batch);
  batches.training(epoch, step, out.images, out.labels, out.targets);
  return out;
}

/// One image without augmentation, as floats.
std::vector<float> plain(const Dataset& data, const Normalisation& norm, std::uint32_t example) {
  Batches batches{data, {example}, norm, {}, 1, 0};
  Batch out = room(data, 1);
  batches.evaluation(0, out.images, out.labels, out.targets);
  return out.images;
}

/// `image` moved by (down, right), zeros coming in.
std::vector<float> moved(const std::vector<float>& image, Shape s, int down, int right) {
  std::vector<float> result(image.size(), 0.0F);
  for (int c = 0; c < s.channels; ++c)
    for (int y = 0; y < s.height; ++y)
      for (int x = 0; x < s.width; ++x) {
        const int from_y = y - down;
        const int from_x = x - right;
        if (from_y < 0 || from_y >= s.height || from_x < 0 || from_x >= s.width) continue;
        result[static_cast<std::size_t>((c * s.height + y) * s.width + x)] =
            image[static_cast<std::size_t>((c * s.height + from_y) * s.width + from_x)];
      }
  return result;
}

std::vector<float> mirrored(std::vector<float> image, Shape s) {
  for (auto row = image.begin(); row != image.end(); row += s.width)
    std::reverse(row, row + s.width);
  return image;
}

constexpr Shape kShape{2, 7, 9};

}  // namespace

TEST_CASE("a batch is the same in every order and type that a network may read", "[batches]") {
  for (const Shape& shape : {Shape{1, 6, 5}, Shape{3, 4, 4}, Shape{9, 3, 4}}) {
    const Dataset data = images(7, shape, 5);
    const std::vector<std::uint32_t> all{0, 1, 2, 3, 4, 5, 6};
    Batches batches{
        data, all, measure_normalisation(data, all), {.crop_pad = 1, .flip = true, .erase = 0.5},
        4,    3};
    const auto in_plain_order = [&](bool training) {
      Batch out = room(data, 4);
      if (training)
        batches.training(0, 0, out.images, out.labels, out.targets);
      else
        CHECK(batches.evaluation(1, out.images, out.labels, out.targets) == 3);
      return out;
    };
    for (const bool training : {true, false}) {
      const Batch plain = in_plain_order(training);
      test::Values expected{plain.images.begin(), plain.images.end()};
      for (const kernels::Layout& order :
           test::activation_layouts({4, shape.channels, shape.height, shape.width}))
        for (const auto type : {kernels::DataType::f32, kernels::DataType::bf16}) {
          const test::LaidOut written = test::rubbish(order.as(type));
          const kernels::ImageWriter writer{written.memory()};
          Batch other = room(data, 4);
          if (training)
            batches.training(0, 0, writer, other.labels, other.targets);
          else
            CHECK(batches.evaluation(1, writer, other.labels, other.targets) == 3);
          INFO(written.memory().layout.text());
          CHECK(read(written) ==
                (type == kernels::DataType::bf16 ? test::rounded(expected) : expected));
          CHECK(test::padding_is_zero(written));
          CHECK(other.labels == plain.labels);
        }
    }
  }
}

TEST_CASE("normalised training examples have mean 0 and deviation 1 in each channel", "[data]") {
  const Dataset data = images(200, {3, 5, 6}, 1);
  const Split split = stratified_split(data, 50, 1);
  const Normalisation norm = measure_normalisation(data, split.train);
  std::vector<double> sum(3);
  std::vector<double> squares(3);
  for (const auto i : split.train) {
    const auto image = plain(data, norm, i);
    for (std::size_t k = 0; k < image.size(); ++k) {
      sum[k / 30] += image[k];
      squares[k / 30] += image[k] * image[k];
    }
  }
  for (std::size_t c = 0; c < 3; ++c) {
    const double n = 150.0 * 30;
    CHECK(sum[c] / n == Approx(0).margin(1e-5));
    CHECK(squares[c] / n == Approx(1).margin(1e-5));
  }
  CHECK(norm != measure_normalisation(data, split.validation));
}

TEST_CASE("a constant channel and a constant feature count with deviation 1", "[data]") {
  Dataset grey;
  grey.shape = {1, 2, 2};
  grey.classes = 2;
  grey.labels = {0, 1};
  grey.pixels.assign(8, 51);
  const std::vector<std::uint32_t> all{0, 1};
  CHECK(measure_normalisation(grey, all) == Normalisation{{0.2F}, {1.0F}});
  CHECK(plain(grey, {{0.2F}, {1.0F}}, 0) == std::vector<float>(4, 0.0F));

  Dataset table;
  table.shape = {2, 1, 1};
  table.target_size = 1;
  table.features = {1, 7, 5, 7};
  table.targets = {10, 20};
  const Normalisation norm = measure_normalisation(table, all);
  CHECK(norm == Normalisation{{3, 7}, {2, 1}});
  Batches batches{table, all, norm, {}, 2, 0};
  Batch out = room(table, 2);
  CHECK(batches.evaluation(0, out.images, out.labels, out.targets) == 2);
  CHECK(out.images == std::vector<float>{-1, 0, 1, 0});
  CHECK(out.targets == std::vector<float>{10, 20});
}

TEST_CASE("an epoch shows each example at most once shuffled anew with its own label", "[data]") {
  const Dataset data = images(23, kShape, 2);
  const auto all = whole(data).train;
  const Normalisation norm = measure_normalisation(data, all);
  Batches batches{data, all, norm, {}, 5, 7};
  REQUIRE(batches.steps_per_epoch() == 4);  // 3 of 23 are left out
  const auto each = static_cast<std::size_t>(kShape.elements());
  std::set<std::vector<float>> first_orders;
  for (std::size_t epoch = 0; epoch < 5; ++epoch) {
    std::set<std::vector<float>> seen;
    for (std::size_t step = 0; step < 4; ++step) {
      const Batch batch = train(batches, data, 5, epoch, step);
      if (step == 0) first_orders.insert(batch.images);
      for (std::size_t row = 0; row < 5; ++row) {
        const auto at = batch.images.begin() + static_cast<std::ptrdiff_t>(row * each);
        const std::vector<float> image(at, at + static_cast<std::ptrdiff_t>(each));
        const auto source = std::find_if(all.begin(), all.end(),
                                         [&](auto i) { return plain(data, norm, i) == image; });
        REQUIRE(source != all.end());
        REQUIRE(batch.labels[row] == data.labels[*source]);
        seen.insert(image);
      }
    }
    REQUIRE(seen.size() == 20);
  }
  CHECK(first_orders.size() == 5);
  CHECK_THROWS_AS(train(batches, data, 5, 0, 4), std::invalid_argument);
}

TEST_CASE("fewer examples than a batch wrap around", "[data]") {
  const Dataset data = images(3, kShape, 3);
  const auto all = whole(data).train;
  Batches batches{data, all, measure_normalisation(data, all), {}, 8, 1};
  REQUIRE(batches.steps_per_epoch() == 1);
  const Batch batch = train(batches, data, 8, 0, 0);
  for (std::size_t row = 3; row < 8; ++row) CHECK(batch.labels[row] == batch.labels[row - 3]);
  CHECK(std::set<int>(batch.labels.begin(), batch.labels.end()).size() == 3);
}

TEST_CASE("evaluation shows each example once in order and zeros after the last", "[data]") {
  const Dataset data = images(11, kShape, 4);
  const std::vector<std::uint32_t> some{9, 2, 5, 0, 7};
  const Normalisation norm = measure_normalisation(data, some);
  Batches batches{data, some, norm, {.crop_pad = 2, .flip = true, .erase = 1}, 2, 1};
  REQUIRE(batches.evaluation_steps() == 3);
  std::size_t position = 0;
  const auto each = static_cast<std::ptrdiff_t>(kShape.elements());
  for (std::size_t step = 0; step < 3; ++step) {
    Batch out = room(data, 2);
    const std::size_t count = batches.evaluation(step, out.images, out.labels, out.targets);
    REQUIRE(count == (step == 2 ? 1 : 2));
    for (std::ptrdiff_t row = 0; row < 2; ++row) {
      const std::vector<float> image(out.images.begin() + row * each,
                                     out.images.begin() + (row + 1) * each);
      if (row < static_cast<std::ptrdiff_t>(count)) {
        CHECK(image == plain(data, norm, some[position]));
        CHECK(out.labels[static_cast<std::size_t>(row)] == data.labels[some[position++]]);
      } else {
        CHECK(image == std::vector<float>(static_cast<std::size_t>(each), 0.0F));
        CHECK(out.labels[static_cast<std::size_t>(row)] == 0);
      }
    }
  }
  CHECK(position == some.size());
}

TEST_CASE("a cropped image is the image moved zeros coming in every move equally likely",
          "[data]") {
  const Dataset data = images(1, kShape, 5);
  const Normalisation norm = measure_normalisation(data, whole(data).train);
  const auto original = plain(data, norm, 0);
  Batches batches{data, {0}, norm, {.crop_pad = 2}, 1, 3};
  std::map<std::pair<int, int>, int> moves;
  for (std::size_t epoch = 0; epoch < 1000; ++epoch) {
    const Batch batch = train(batches, data, 1, epoch, 0);
    bool found = false;
    for (int down = -2; down <= 2 && !found; ++down)
      for (int right = -2; right <= 2 && !found; ++right)
        if (batch.images == moved(original, kShape, down, right)) {
          ++moves[{down, right}];
          found = true;
        }
    REQUIRE(found);
  }
  CHECK(moves.size() == 25);
  for (const auto& [move, times] : moves) CHECK(times == Approx(40).margin(30));
}

TEST_CASE("a flip mirrors left to right half of the time", "[data]") {
  const Dataset data = images(1, kShape, 6);
  const Normalisation norm = measure_normalisation(data, whole(data).train);
  const auto original = plain(data, norm, 0);
  Batches batches{data, {0}, norm, {.flip = true}, 1, 3};
  int mirrors = 0;
  for (std::size_t epoch = 0; epoch < 1000; ++epoch) {
    const Batch batch = train(batches, data, 1, epoch, 0);
    const bool mirror = batch.images == mirrored(original, kShape);
    REQUIRE((mirror || batch.images == original));
    mirrors += mirror;
  }
  CHECK(mirrors == Approx(500).margin(60));
}

TEST_CASE("crop and flip together mirror the moved image", "[data]") {
  const Dataset data = images(1, kShape, 7);
  const Normalisation norm = measure_normalisation(data, whole(data).train);
  const auto original = plain(data, norm, 0);
  Batches batches{data, {0}, norm, {.crop_pad = 9, .flip = true}, 1, 3};
  for (std::size_t epoch = 0; epoch < 300; ++epoch) {
    const Batch batch = train(batches, data, 1, epoch, 0);
    bool found = false;
    for (int down = -9; down <= 9 && !found; ++down)
      for (int right = -9; right <= 9 && !found; ++right) {
        const auto image = moved(original, kShape, down, right);
        found = batch.images == image || batch.images == mirrored(image, kShape);
      }
    REQUIRE(found);
  }
}

TEST_CASE("erasing takes one rectangle of the promised share in all channels alike", "[data]") {
  constexpr Shape kLarge{2, 12, 10};
  const Dataset data = images(1, kLarge, 8);
  const Normalisation norm = measure_normalisation(data, whole(data).train);
  const auto original = plain(data, norm, 0);
  Batches batches{data, {0}, norm, {.erase = 0.5, .erase_min = 0.1, .erase_max = 0.4}, 1, 3};
  int erased = 0;
  for (std::size_t epoch = 0; epoch < 1000; ++epoch) {
    const Batch batch = train(batches, data, 1, epoch, 0);
    if (batch.images == original) continue;
    ++erased;
    int top = 99, left = 99, bottom = -1, right = -1, zeros = 0;
    for (int y = 0; y < 12; ++y)
      for (int x = 0; x < 10; ++x) {
        const auto at = static_cast<std::size_t>(y * 10 + x);
        const bool zero = batch.images[at] == 0.0F;
        REQUIRE(zero == (batch.images[at + 120] == 0.0F));
        if (!zero) {
          REQUIRE(batch.images[at] == original[at]);
          continue;
        }
        ++zeros;
        top = std::min(top, y);
        bottom = std::max(bottom, y);
        left = std::min(left, x);
        right = std::max(right, x);
      }
    REQUIRE(zeros == (bottom - top + 1) * (right - left + 1));
    REQUIRE(zeros >= 12);
    REQUIRE(zeros <= 48);
  }
  CHECK(erased == Approx(500).margin(60));
}

TEST_CASE("a batch depends on seed epoch and step alone", "[data]") {
  const Dataset data = images(40, kShape, 9);
  const auto all = whole(data).train;
  const Normalisation norm = measure_normalisation(data, all);
  const Augmentation augmentation{.crop_pad = 2, .flip = true, .erase = 0.5};
  Batches forward{data, all, norm, augmentation, 8, 42};
  Batches backward{data, all, norm, augmentation, 8, 42};
  Batches other{data, all, norm, augmentation, 8, 43};
  std::map<std::pair<std::size_t, std::size_t>, Batch> made;
  for (std::size_t epoch = 0; epoch < 3; ++epoch)
    for (std::size_t step = 0; step < 5; ++step)
      made[{epoch, step}] = train(forward, data, 8, epoch, step);
  for (std::size_t epoch = 3; epoch-- > 0;)
    for (std::size_t step = 5; step-- > 0;) {
      REQUIRE(made[{epoch, step}] == train(backward, data, 8, epoch, step));
      REQUIRE(made[{epoch, step}] != train(other, data, 8, epoch, step));
    }
}

TEST_CASE("calls that make no sense are refused", "[data]") {
  const Dataset data = images(4, kShape, 10);
  const auto all = whole(data).train;
  const Normalisation norm = measure_normalisation(data, all);
  using Bad = std::invalid_argument;
  CHECK_THROWS_AS((Batches{data, {}, norm, {}, 1, 0}), Bad);
  CHECK_THROWS_AS((Batches{data, {4}, norm, {}, 1, 0}), Bad);
  CHECK_THROWS_AS((Batches{data, all, norm, {}, 0, 0}), Bad);
  CHECK_THROWS_AS((Batches{data, all, {{0.5F}, {1.0F}}, {}, 1, 0}), Bad);
  CHECK_THROWS_AS((Batches{data, all, norm, {.crop_pad = -1}, 1, 0}), Bad);
  CHECK_THROWS_AS((Batches{data, all, norm, {.erase = 1.5}, 1, 0}), Bad);
  CHECK_THROWS_AS(
      (Batches{data, all, norm, {.erase = 1, .erase_min = 0.5, .erase_max = 0.2}, 1, 0}), Bad);
  CHECK_THROWS_AS(measure_normalisation(data, {}), Bad);

  Dataset table;
  table.shape = {2, 1, 1};
  table.classes = 2;
  table.labels = {0, 1};
  table.features = {1, 2, 3, 4};
  CHECK_THROWS_AS((Batches{table, {0, 1}, {{0, 0}, {1, 1}}, {.flip = true}, 1, 0}), Bad);

  Batches batches{data, all, norm, {}, 2, 0};
  Batch small = room(data, 1);
  CHECK_THROWS_AS(batches.training(0, 0, small.images, small.labels, small.targets), Bad);
  CHECK_THROWS_AS(batches.evaluation(0, small.images, small.labels, small.targets), Bad);
}
