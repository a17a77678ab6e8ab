// Data files that are not what they should be, met by the program: one clear line naming the file,
// code 1, and no run folder left behind.
#include "tests/experiments/complaints.hpp"
#include "tests/support/data_files.hpp"

using namespace lamarck::tests;
using lamarck::test::counting;
using lamarck::test::idx;
namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kImages = 0x803, kLabels = 0x801;

std::string images(std::uint32_t count) {
  return idx(kImages, {count, 12, 12}, counting(144 * count));
}
std::string labels(std::uint32_t count) {
  std::string content;
  for (std::uint32_t i = 0; i < count; ++i) content += static_cast<char>(i % 10);
  return idx(kLabels, {count}, content);
}

// A data set of the user's own with one of its files replaced.
struct Case {
  TemporaryFolder folder;
  Case() {
    fs::create_directories(folder.path() / "data" / "mine");
    write("train-images-idx3-ubyte", images(80));
    write("train-labels-idx1-ubyte", labels(80));
    write("t10k-images-idx3-ubyte", images(20));
    write("t10k-labels-idx1-ubyte", labels(20));
    folder.write("mine.yaml",
                 "data: {dataset: mine, validation: 20}\nspace: {start: [tiny-plain]}\n"
                 "search: {evaluations: 1, lookahead: 1}\ntrain: {epochs: 1, batch: 16}\n"
                 "final: {choose: 0}\nparallel: {workers: 1}\n");
  }
  void write(const std::string& name, const std::string& bytes) const {
    folder.write("data/mine/" + name, bytes);
  }
  [[nodiscard]] Output search() const {
    return run_lamarck("search mine.yaml --data-root data", folder.path(), "unset LAMARCK_DATA;");
  }
  void check(const std::vector<std::string>& fragments) const {
    check_complaint(search(), 1, fragments);
    CHECK_FALSE(fs::exists(folder.path() / "runs"));
  }
};

}  // namespace

TEST_CASE("IDX files that are sound are searched on", "[program][faults]") {
  const Case sound;
  const Output output = sound.search();
  INFO(output.err);
  CHECK(output.code == 0);
}

TEST_CASE("IDX files that are not whole or not those expected are named", "[program][faults]") {
  const Case faulty;
  SECTION("truncated") {
    faulty.write("train-images-idx3-ubyte", images(80).substr(0, 5000));
    faulty.check({"train-images-idx3-ubyte"});
  }
  SECTION("too long") {
    faulty.write("train-labels-idx1-ubyte", labels(80) + "x");
    faulty.check({"train-labels-idx1-ubyte"});
  }
  SECTION("swapped") {
    faulty.write("train-images-idx3-ubyte", labels(80));
    faulty.write("train-labels-idx1-ubyte", images(80));
    faulty.check({"-ubyte"});
  }
  SECTION("of different counts") {
    faulty.write("train-labels-idx1-ubyte", labels(79));
    faulty.check({"79", "80"});
  }
  SECTION("of a size that would fill memory") {
    faulty.write("train-images-idx3-ubyte", idx(kImages, {0xffffffffU, 0xffffU, 0xffffU}, "x"));
    faulty.check({"train-images-idx3-ubyte"});
  }
  SECTION("without an example") {
    faulty.write("train-images-idx3-ubyte", images(0));
    faulty.write("train-labels-idx1-ubyte", labels(0));
    faulty.check({"-ubyte"});
  }
}

TEST_CASE("labels beyond the classes of a known set are named", "[program][faults]") {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "mnist");
  const std::string content(80 * 784, '\1');
  std::string wrong = labels(80);
  wrong.back() = '\12';  // ten
  folder.write("mnist/train-images-idx3-ubyte", idx(kImages, {80, 28, 28}, content));
  folder.write("mnist/train-labels-idx1-ubyte", wrong);
  folder.write("mnist/t10k-images-idx3-ubyte", idx(kImages, {80, 28, 28}, content));
  folder.write("mnist/t10k-labels-idx1-ubyte", labels(80));
  folder.write("mnist.yaml", "data: {dataset: mnist, validation: 20}\n");
  check_complaint(run_lamarck("search mnist.yaml --data-root .", folder.path()), 1,
                  {"train-labels-idx1-ubyte", "10"});
}

TEST_CASE("CIFAR-10 batches that are cut between records are noticed", "[program][faults]") {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "cifar10");
  for (const char* name : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                           "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"})
    folder.write(std::string{"cifar10/"} + name, std::string(3073 * 9999, '\1'));
  folder.write("cifar.yaml", "data: {dataset: cifar10}\n");
  check_complaint(run_lamarck("search cifar.yaml --data-root .", folder.path()), 1,
                  {"data_batch_1.bin", "10000"});
}
