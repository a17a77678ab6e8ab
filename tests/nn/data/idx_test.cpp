#include "nn/data/idx.hpp"

#include "kernels/error.hpp"
#include "kernels/random.hpp"
#include "tests/catch.hpp"
#include "tests/support/data_files.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;
using Catch::Contains;

namespace {

constexpr std::uint32_t kLabels = 0x801, kGrey = 0x803, kColour = 0x804;

/// A folder of 6 training and 3 test images of 2x3 pixels in 3 classes.
struct Folder : TempFolder {
  Folder() {
    write_bytes(*this / "train-images-idx3-ubyte", idx(kGrey, {6, 2, 3}, counting(36)));
    write_bytes(*this / "train-labels-idx1-ubyte", idx(kLabels, {6}, {0, 1, 2, 0, 1, 2}));
    write_bytes(*this / "t10k-images-idx3-ubyte", idx(kGrey, {3, 2, 3}, counting(18)));
    write_bytes(*this / "t10k-labels-idx1-ubyte", idx(kLabels, {3}, {2, 1, 0}));
  }
};

/// What reading images from these bytes complains of.
std::string complaint(const std::string& bytes, const char* name = "images") {
  const TempFolder folder;
  write_bytes(folder / name, bytes);
  try {
    static_cast<void>(read_idx_images(folder / name));
  } catch (const IoError& error) {
    CHECK_THAT(error.what(), Contains(name));
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("four IDX files are a data set whatever the folder is called", "[data]") {
  const Folder folder;
  REQUIRE(holds_idx(folder.path()));
  const TrainTest data = load_idx(folder.path());
  CHECK(data.train.shape == Shape{1, 2, 3});
  CHECK(data.train.classes == 3);
  CHECK(data.train.size() == 6);
  CHECK(data.train.pixels[35] == 35);
  CHECK(data.train.labels == std::vector<int>{0, 1, 2, 0, 1, 2});
  CHECK(data.test.labels == std::vector<int>{2, 1, 0});
  CHECK(data.test.classes == 3);
}

TEST_CASE("IDX with channels keeps them", "[data]") {
  const TempFolder folder;
  write_bytes(folder / "images", idx(kColour, {2, 3, 4, 5}, counting(120)));
  const IdxImages images = read_idx_images(folder / "images");
  CHECK(images.shape == Shape{3, 4, 5});
  CHECK(images.size() == 2);
}

TEST_CASE("gz files hold what the plain ones do", "[data]") {
  const Folder plain;
  const TempFolder packed;
  for (const char* name : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                           "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"})
    write_bytes(packed / (std::string{name} + ".gz"), gz(read_bytes(plain / name)));
  CHECK(load_idx(plain.path()).train.pixels == load_idx(packed.path()).train.pixels);
  CHECK(load_idx(plain.path()).test.labels == load_idx(packed.path()).test.labels);
}

TEST_CASE("images that are not what their header says are refused", "[data]") {
  const std::string good = idx(kGrey, {6, 2, 3}, counting(36));
  CHECK(complaint(good) == "none");
  CHECK_THAT(complaint(good.substr(0, 40)), Contains("truncated") && Contains("36"));
  CHECK_THAT(complaint(good.substr(0, 10)), Contains("header"));
  CHECK_THAT(complaint(""), Contains("header"));
  CHECK_THAT(complaint(good + "x"), Contains("longer") && Contains("52"));
  CHECK_THAT(complaint(idx(kLabels, {6}, counting(6))),
             Contains("00000801") && Contains("swapped"));
  CHECK_THAT(complaint("PNG, or whatever this is"), Contains("magic number 0x504e472c"));
  CHECK_THAT(complaint(idx(kGrey, {0, 2, 3}, "")), Contains("no images"));
  CHECK_THAT(complaint(idx(kGrey, {6, 0, 3}, "")), Contains("height") && Contains("found 0"));
}

TEST_CASE("headers that promise the sky are refused at once", "[data]") {
  CHECK_THAT(complaint(idx(kGrey, {0xffffffff, 28, 28}, "")), Contains("4294967296"));
  CHECK_THAT(complaint(idx(kColour, {0xffffffff, 65536, 65536, 65536}, "")), Contains("promises"));
  CHECK_THAT(complaint(idx(kGrey, {2, 0xffffffff, 1}, "")), Contains("height"));
  CHECK_THAT(complaint(idx(kGrey, {1000000, 28, 28}, counting(100))), Contains("truncated"));
  CHECK_THAT(complaint(gz(idx(kGrey, {1000000, 28, 28}, counting(100)))), Contains("truncated"));
}

TEST_CASE("damaged gz files are noticed", "[data]") {
  Random random{1};
  std::string content(60000, '\0');  // that does not compress away
  for (char& c : content) c = static_cast<char>(random.below(256));
  const std::string good = gz(idx(kGrey, {600, 10, 10}, content));
  CHECK(complaint(good) == "none");
  CHECK_THAT(complaint(good.substr(0, good.size() / 2)), Contains("truncated"));
  CHECK_THAT(complaint(good.substr(0, good.size() - 4)), Contains("truncated"));
  std::string flipped = good;
  flipped[flipped.size() - 6] ^= 1;  // in the checksum
  CHECK_THAT(complaint(flipped), Contains("damaged gz"));
  flipped = good;
  flipped[flipped.size() / 2] ^= 1;
  CHECK(complaint(flipped) != "none");
}

TEST_CASE("sets whose files do not belong together are refused", "[data]") {
  const Folder folder;
  const auto labels = folder / "train-labels-idx1-ubyte";

  write_bytes(labels, idx(kLabels, {5}, counting(5)));
  CHECK_THROWS_WITH(load_idx(folder.path()), Contains("5 labels") && Contains("6 images"));

  write_bytes(labels, idx(kLabels, {6}, {0, 1, 2, 0, 1, 9}));
  CHECK_THROWS_WITH(load_idx(folder.path(), 3), Contains("train-labels") && Contains("label 9") &&
                                                    Contains("example 5") && Contains("0 to 2"));

  write_bytes(labels, idx(kLabels, {6}, std::string(6, '\0')));
  CHECK_THROWS_WITH(load_idx(folder.path()), Contains("one class"));

  write_bytes(labels, idx(kLabels, {6}, {0, 1, 0, 1, 0, 1}));
  CHECK_THROWS_WITH(load_idx(folder.path()), Contains("t10k-labels") && Contains("label 2"));

  write_bytes(labels, idx(kGrey, {6, 2, 3}, counting(36)));
  CHECK_THROWS_WITH(load_idx(folder.path()), Contains("expected labels") && Contains("swapped"));

  write_bytes(labels, idx(kLabels, {6}, {0, 1, 2, 0, 1, 2}));
  write_bytes(folder / "t10k-images-idx3-ubyte", idx(kGrey, {3, 3, 2}, counting(18)));
  CHECK_THROWS_WITH(load_idx(folder.path()), Contains("1x2x3") && Contains("1x3x2"));

  std::filesystem::remove(labels);
  CHECK_THROWS_WITH(load_idx(folder.path()), Contains("train-labels-idx1-ubyte") &&
                                                 Contains("no such file") &&
                                                 Contains("lamarck data list"));
  CHECK_THROWS_AS(load_idx(folder / "nowhere"), IoError);
}
