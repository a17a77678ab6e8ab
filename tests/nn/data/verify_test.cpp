#include "nn/data/verify.hpp"

#include "kernels/error.hpp"
#include "tests/catch.hpp"
#include "tests/support/data_files.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;
using Catch::Contains;

TEST_CASE("the real data sets are the published ones", "[data]") {
  for (const char* name : {"fashion-mnist", "mnist", "cifar10"}) {
    if (!std::filesystem::exists(real_data() / name)) {
      WARN("skipped: no data set " << name << " in " << real_data().string());
      continue;
    }
    const auto checks = verify_dataset(name, real_data());
    CHECK(checks.size() >= 4);
    for (const FileCheck& check : checks) {
      INFO(check.file << ": " << check.message);
      CHECK(check.ok);
    }
  }
}

TEST_CASE("missing and changed files of known sets are reported", "[data]") {
  const TempFolder root;
  const std::string labels = idx(0x801, {60000}, std::string(60000, '\1'));
  write_bytes(root / "mnist/train-labels-idx1-ubyte.gz", gz(labels));
  write_bytes(root / "mnist/t10k-labels-idx1-ubyte.gz", gz(labels).substr(0, 50));
  const auto checks = verify_dataset("mnist", root.path());
  REQUIRE(checks.size() == 4);
  for (const FileCheck& check : checks) CHECK(!check.ok);
  CHECK_THAT(checks[0].message, Contains("no such file"));
  CHECK_THAT(checks[0].file, Contains("train-images-idx3-ubyte"));
  CHECK_THAT(checks[1].message, Contains("expected 60008 bytes") && Contains("crc32 e0cb4ad2"));
  CHECK_THAT(checks[3].message, Contains("truncated"));
  CHECK(verify_dataset("shapes", root.path()).empty());
}

TEST_CASE("own sets are read in full", "[data]") {
  const TempFolder root;
  write_bytes(root / "wine/train.csv", "1,0\n2,1\n3,0\n4,1\n");
  write_bytes(root / "wine/test.csv", "1,0\n");
  auto checks = verify_dataset("wine", root.path());
  REQUIRE(checks.size() == 3);
  for (const FileCheck& check : checks) CHECK(check.ok);
  CHECK_THAT(checks[2].message,
             Contains("4 training and 1 test examples") && Contains("2 classes"));

  write_bytes(root / "wine/test.csv", "1,0,0\n");
  checks = verify_dataset("wine", root.path());
  REQUIRE(checks.size() == 3);
  CHECK(!checks[2].ok);
  CHECK_THROWS_AS(verify_dataset("beer", root.path()), ConfigError);
}
