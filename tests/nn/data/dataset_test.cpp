#include "nn/data/dataset.hpp"

#include <algorithm>

#include "kernels/error.hpp"
#include "tests/catch.hpp"
#include "tests/support/data_files.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;
using Catch::Contains;

namespace {

void check_real(const std::string& name, Shape shape, std::size_t train_size) {
  if (!std::filesystem::exists(real_data() / name)) {
    WARN("skipped: no data set " << name << " in " << real_data().string());
    return;
  }
  const TrainTest data = load_dataset(name, real_data());
  CHECK(data.train.name == name);
  for (const Dataset* part : {&data.train, &data.test}) {
    CHECK(part->shape == shape);
    CHECK(part->classes == 10);
    CHECK(part->class_names.size() == 10);
    CHECK(part->pixels.size() == part->size() * static_cast<std::size_t>(shape.elements()));
  }
  CHECK(data.train.size() == train_size);
  CHECK(data.test.size() == 10000);
  if (name == "mnist") return;  // whose classes differ in size
  for (int c = 0; c < 10; ++c) {
    CHECK(std::count(data.train.labels.begin(), data.train.labels.end(), c) ==
          static_cast<std::ptrdiff_t>(train_size / 10));
    CHECK(std::count(data.test.labels.begin(), data.test.labels.end(), c) == 1000);
  }
}

}  // namespace

TEST_CASE("the real Fashion-MNIST loads", "[data]") {
  check_real("fashion-mnist", {1, 28, 28}, 60000);
}
TEST_CASE("the real MNIST loads", "[data]") { check_real("mnist", {1, 28, 28}, 60000); }
TEST_CASE("the real CIFAR-10 loads", "[data]") { check_real("cifar10", {3, 32, 32}, 50000); }

TEST_CASE("shapes need no files and a limit keeps the first examples", "[data]") {
  const TrainTest all = load_dataset("shapes", "/nowhere", 3);
  const TrainTest some = load_dataset("shapes", "/nowhere", 3, {.limit = 100});
  CHECK(all.train.size() == 6000);
  CHECK(some.train.size() == 100);
  CHECK(some.test.size() == all.test.size());
  CHECK(std::equal(some.train.pixels.begin(), some.train.pixels.end(), all.train.pixels.begin()));
  CHECK(std::equal(some.train.labels.begin(), some.train.labels.end(), all.train.labels.begin()));
}

TEST_CASE("own data sets are found by the name of their folder or file", "[data]") {
  const TempFolder root;
  write_bytes(root / "leaves/train-images-idx3-ubyte.gz", gz(idx(0x803, {4, 2, 2}, counting(16))));
  write_bytes(root / "leaves/train-labels-idx1-ubyte", idx(0x801, {4}, {0, 1, 1, 0}));
  write_bytes(root / "leaves/t10k-images-idx3-ubyte", idx(0x803, {1, 2, 2}, counting(4)));
  write_bytes(root / "leaves/t10k-labels-idx1-ubyte", idx(0x801, {1}, {1}));
  write_bytes(root / "wine/train.csv", "1,0\n2,1\n3,0\n4,1\n");
  write_bytes(root / "wine/test.csv", "1,0\n");
  write_bytes(root / "iris.csv", "1,0\n2,1\n3,0\n4,1\n1,0\n2,1\n3,0\n4,1\n9,0\n8,1\n");
  write_bytes(root / "notes/readme.txt", "nothing");

  CHECK(own_datasets(root.path()) == std::vector<std::string>{"iris", "leaves", "wine"});
  CHECK(own_datasets(root / "nowhere").empty());
  const TrainTest leaves = load_dataset("leaves", root.path());
  CHECK(leaves.train.name == "leaves");
  CHECK(leaves.train.size() == 4);
  CHECK(leaves.train.classes == 2);
  CHECK(load_dataset("wine", root.path()).test.size() == 1);
  CHECK(load_dataset("iris", root.path()).test.size() == 2);
  CHECK(load_dataset("iris", root.path(), 0, {.csv = {.test_share = 0.4}}).test.size() == 4);
  const TrainTest short_wine = load_dataset("wine", root.path(), 0, {.limit = 2});
  CHECK(short_wine.train.features == std::vector<float>{1, 2});
}

TEST_CASE("unknown names and missing files say what to do", "[data]") {
  const TempFolder root;
  CHECK_THROWS_AS(load_dataset("fashion", root.path()), ConfigError);
  CHECK_THROWS_AS(load_dataset("", root.path()), ConfigError);
  CHECK_THROWS_WITH(load_dataset("fashion", root.path()),
                    Contains("'fashion'") && Contains("fashion-mnist, mnist, cifar10, shapes"));
  CHECK_THROWS_AS(load_dataset("mnist", root.path()), IoError);
  CHECK_THROWS_WITH(load_dataset("mnist", root.path()),
                    Contains("mnist/train-images-idx3-ubyte") && Contains("lamarck data list"));
  CHECK_THROWS_WITH(load_dataset("cifar10", root.path()), Contains("data_batch_1.bin"));
}

TEST_CASE("the list of known data sets names their files", "[data]") {
  REQUIRE(known_datasets().size() == 4);
  for (const DatasetInfo& info : known_datasets()) {
    CHECK(!info.description.empty());
    CHECK(info.needs_files == !info.files.empty());
  }
}
