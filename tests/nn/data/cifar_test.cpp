#include "nn/data/cifar.hpp"

#include "kernels/error.hpp"
#include "tests/catch.hpp"
#include "tests/support/data_files.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;
using Catch::Contains;

namespace {

std::string records(const std::string& labels) {
  std::string bytes;
  for (const char label : labels) bytes += label + counting(3072);
  return bytes;
}

std::string complaint(const std::string& bytes, std::size_t records) {
  const TempFolder folder;
  write_bytes(folder / "batch.bin", bytes);
  try {
    static_cast<void>(read_cifar({folder / "batch.bin"}, records));
  } catch (const IoError& error) {
    CHECK_THAT(error.what(), Contains("batch.bin"));
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("CIFAR-10 batches are read one after the other", "[data]") {
  const TempFolder folder;
  for (char i = 1; i <= 5; ++i)
    write_bytes(folder / ("data_batch_" + std::to_string(i) + ".bin"),
                records({i, static_cast<char>(i + 1)}));
  CHECK_THROWS_WITH(load_cifar10(folder.path(), 2), Contains("test_batch.bin"));
  write_bytes(folder / "test_batch.bin", records({9, 0}));
  const TrainTest data = load_cifar10(folder.path(), 2);
  CHECK(data.train.labels == std::vector<int>{1, 2, 2, 3, 3, 4, 4, 5, 5, 6});
  CHECK(data.train.shape == Shape{3, 32, 32});
  CHECK(data.train.classes == 10);
  REQUIRE(data.train.pixels.size() == 10 * 3072);
  CHECK(data.train.pixels[3072 * 3 + 1025] == 1);
  CHECK(data.test.labels == std::vector<int>{9, 0});
}

TEST_CASE("CIFAR-10 files of a wrong size or with wrong labels are refused", "[data]") {
  const std::string good = records({1, 2, 3});
  CHECK(complaint(good, 3) == "none");
  CHECK_THAT(complaint(good.substr(1), 3), Contains("9219 bytes") && Contains("9218"));
  CHECK_THAT(complaint(good + "x", 3), Contains("9219 bytes") && Contains("found more"));
  CHECK_THAT(complaint("", 3), Contains("found 0"));
  // Cut between two records.
  CHECK_THAT(complaint(good.substr(3073), 3), Contains("found 6146 (truncated?)"));
  CHECK_THAT(complaint(records({1, 10, 3}), 3),
             Contains("label 10") && Contains("record 1") && Contains("0 to 9"));
}

TEST_CASE("a CIFAR-10 file has ten thousand records", "[data]") {
  CHECK_THAT(complaint(std::string(3073 * 9999, '\0'), kCifarRecords), Contains("10000 records"));
  CHECK(complaint(std::string(3073 * 10000, '\0'), kCifarRecords) == "none");
}
