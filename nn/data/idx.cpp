#include "nn/data/idx.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "kernels/error.hpp"
#include "nn/data/detail/labels.hpp"
#include "nn/data/detail/reader.hpp"

namespace lamarck::nn {
namespace {

constexpr std::uint32_t kLabels = 0x801, kGreyImages = 0x803, kImages = 0x804;
constexpr std::uint32_t kMostSide = 1U << 16;

std::uint32_t take_number(detail::Reader& reader) {
  const auto b = reader.take(4, "header");
  return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
}

int take_side(detail::Reader& reader, const char* what) {
  const std::uint32_t size = take_number(reader);
  if (size < 1 || size > kMostSide)
    reader.fail(fmt::format("{} of the images: expected 1 to {}, found {}", what, kMostSide, size));
  return static_cast<int>(size);
}

[[noreturn]] void wrong_magic(const detail::Reader& reader, const char* expected,
                              std::uint32_t found) {
  const bool swapped = found == kLabels || found == kGreyImages || found == kImages;
  reader.fail(
      fmt::format("expected {}, found magic number 0x{:08x}{}", expected, found,
                  swapped ? " (images and labels swapped?)" : " (no IDX file of unsigned bytes)"));
}

Dataset load_part(const std::filesystem::path& folder, const std::string& part, int classes) {
  const auto labels_file = detail::plain_or_gz(folder, part + "-labels-idx1-ubyte");
  auto images_file = detail::plain_or_gz(folder, part + "-images-idx3-ubyte");
  if (const auto coloured = detail::plain_or_gz(folder, part + "-images-idx4-ubyte");
      !std::filesystem::exists(images_file) && std::filesystem::exists(coloured))
    images_file = coloured;

  IdxImages images = read_idx_images(images_file);
  const std::vector<std::uint8_t> labels = read_idx_labels(labels_file);
  if (images.size() != labels.size())
    throw IoError(fmt::format("{}: {} labels, but {} holds {} images", labels_file.string(),
                              labels.size(), images_file.string(), images.size()));
  Dataset data;
  data.shape = images.shape;
  data.pixels = std::move(images.pixels);
  data.labels.assign(labels.begin(), labels.end());
  data.classes = classes > 0 ? classes : 1 + *std::max_element(labels.begin(), labels.end());
  detail::check_labels(data, labels_file);
  return data;
}

}  // namespace

IdxImages read_idx_images(const std::filesystem::path& file) {
  detail::Reader reader{file};
  const std::uint32_t magic = take_number(reader);
  if (magic != kGreyImages && magic != kImages)
    wrong_magic(reader, "images (magic number 0x00000803, or 0x00000804 with channels)", magic);
  const std::uint64_t count = take_number(reader);
  if (count == 0) reader.fail("holds no images");
  IdxImages images;
  images.shape.channels = magic == kImages ? take_side(reader, "channels") : 1;
  images.shape.height = take_side(reader, "height");
  images.shape.width = take_side(reader, "width");
  const auto each = static_cast<std::uint64_t>(images.shape.elements());
  if (each > detail::kMostBytes / count)
    reader.fail(fmt::format("promises {} images of {} bytes; at most {} bytes are read", count,
                            each, detail::kMostBytes));
  images.pixels = reader.take(count * each, "pixels");
  reader.expect_end();
  return images;
}

std::vector<std::uint8_t> read_idx_labels(const std::filesystem::path& file) {
  detail::Reader reader{file};
  const std::uint32_t magic = take_number(reader);
  if (magic != kLabels) wrong_magic(reader, "labels (magic number 0x00000801)", magic);
  const std::uint64_t count = take_number(reader);
  if (count == 0) reader.fail("holds no labels");
  auto labels = reader.take(count, "labels");
  reader.expect_end();
  return labels;
}

bool holds_idx(const std::filesystem::path& folder) {
  constexpr std::array kStems{"train-images-idx3-ubyte", "train-images-idx4-ubyte",
                              "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                              "t10k-images-idx4-ubyte",  "t10k-labels-idx1-ubyte"};
  return std::any_of(kStems.begin(), kStems.end(), [&](const char* stem) {
    return std::filesystem::exists(detail::plain_or_gz(folder, stem));
  });
}

TrainTest load_idx(const std::filesystem::path& folder, int classes) {
  TrainTest data;
  data.train = load_part(folder, "train", classes);
  data.test = load_part(folder, "t10k", data.train.classes);
  const Shape& a = data.train.shape;
  const Shape& b = data.test.shape;
  if (a != b)
    throw IoError(fmt::format("{}: training images are {}x{}x{}, test images {}x{}x{}",
                              folder.string(), a.channels, a.height, a.width, b.channels, b.height,
                              b.width));
  return data;
}

}  // namespace lamarck::nn
