#include "nn/data/csv.hpp"

#include <cmath>
#include <set>

#include "kernels/error.hpp"
#include "kernels/random.hpp"
#include "tests/catch.hpp"
#include "tests/support/data_files.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;
using Catch::Contains;
using Target = CsvOptions::Target;

namespace {

TrainTest load(const std::string& train, const std::optional<std::string>& test = {},
               const CsvOptions& options = {}, std::uint64_t seed = 0) {
  const TempFolder folder;
  write_bytes(folder / "train.csv", train);
  std::optional<std::filesystem::path> test_file;
  if (test) write_bytes(*(test_file = folder / "test.csv"), *test);
  return load_csv(folder / "train.csv", test_file, options, seed);
}

}  // namespace

TEST_CASE("a CSV of numbers with and without header", "[data]") {
  const std::string rows = "1,2.5,0\n-3,4e1,1\n\n5,6,1\n+7,8,0\n";
  for (const std::string& text :
       {rows, "a,b,kind\n" + rows, "\xef\xbb\xbf\"a\", b ,\"kind\"\r\n" + rows}) {
    const TrainTest data = load(text, "9,9,1\n8,8,0");
    CHECK(data.train.shape == Shape{2, 1, 1});
    CHECK(data.train.features == std::vector<float>{1, 2.5, -3, 40, 5, 6, 7, 8});
    CHECK(data.train.labels == std::vector<int>{0, 1, 1, 0});
    CHECK(data.train.classes == 2);
    CHECK(data.train.class_names == std::vector<std::string>{"0", "1"});
    CHECK(data.test.labels == std::vector<int>{1, 0});
  }
}

TEST_CASE("class targets may be any whole numbers or words", "[data]") {
  const TrainTest numbers = load("1,10\n2,2\n3,10\n4,2.0\n", "1,2\n");
  CHECK(numbers.train.class_names == std::vector<std::string>{"2", "10"});
  CHECK(numbers.train.labels == std::vector<int>{1, 0, 1, 0});
  const TrainTest words = load("1,oak\n2,ash\n3,oak\n", "1,ash\n");
  CHECK(words.train.class_names == std::vector<std::string>{"ash", "oak"});
  CHECK(words.test.labels == std::vector<int>{0});
}

TEST_CASE("numeric targets are kept as numbers", "[data]") {
  const TrainTest data = load("1,0.5\n2,-1.5\n3,2\n", "4,7.25\n");
  CHECK(data.train.classes == 0);
  CHECK(data.train.target_size == 1);
  CHECK(data.train.targets == std::vector<float>{0.5, -1.5, 2});
  CHECK(data.test.targets == std::vector<float>{7.25});
  // Whole numbers that are nearly all different are no classes, unless asked for.
  CHECK(load("1,10\n2,20\n3,30\n4,40\n", "1,10\n").train.classes == 0);
  CHECK(load("1,10\n2,20\n3,30\n4,40\n", "1,10\n", {.target = Target::classes}).train.classes == 4);
  CHECK(load("1,0\n2,1\n3,0\n4,1\n", "1,1\n", {.target = Target::numbers}).train.targets ==
        std::vector<float>{0, 1, 0, 1});
}

TEST_CASE("the target column is chosen by name or number", "[data]") {
  for (const char* column : {"kind", "1"}) {
    const TrainTest data =
        load("kind,x,y\n0,1,2\n1,3,4\n0,5,6\n1,7,8\n", "1,9,9\n", {.column = column});
    CHECK(data.train.labels == std::vector<int>{0, 1, 0, 1});
    CHECK(data.train.features == std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});
  }
  CHECK_THROWS_AS(load("1,2\n3,4\n", {}, {.column = "kind"}), ConfigError);
  CHECK_THROWS_WITH(load("a,b\n3,4\n", {}, {.column = "3"}),
                    Contains("1 to 2") && Contains("a, b"));
}

TEST_CASE("without a test file a stratified share is held out by the seed", "[data]") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += std::to_string(i) + "," + std::to_string(i % 4) + "\n";
  const TrainTest data = load(text, {}, {.test_share = 0.4}, 1);
  CHECK(data.test.size() == 40);
  CHECK(data.train.size() == 60);
  for (int c = 0; c < 4; ++c)
    CHECK(std::count(data.test.labels.begin(), data.test.labels.end(), c) == 10);
  std::set<float> all(data.train.features.begin(), data.train.features.end());
  all.insert(data.test.features.begin(), data.test.features.end());
  CHECK(all.size() == 100);
  for (std::size_t i = 0; i < 40; ++i)
    CHECK(static_cast<int>(data.test.features[i]) % 4 == data.test.labels[i]);
  CHECK(load(text, {}, {.test_share = 0.4}, 1).test.features == data.test.features);
  CHECK(load(text, {}, {.test_share = 0.4}, 2).test.features != data.test.features);
  CHECK_THROWS_AS(load(text, {}, {.test_share = 1.0}), ConfigError);
  // Too few rows to hold one of each class out.
  CHECK_THROWS_AS(load("1,0\n2,1\n", {}, {.target = Target::classes}), ConfigError);
}

TEST_CASE("malformed CSV is refused with line and column", "[data]") {
  const auto complaint = [](const std::string& train, const std::optional<std::string>& test = {}) {
    try {
      static_cast<void>(load(train, test));
    } catch (const IoError& error) {
      return std::string{error.what()};
    }
    return std::string{"none"};
  };
  CHECK_THAT(complaint(""), Contains("no rows"));
  CHECK_THAT(complaint("a,b,c\n"), Contains("no rows"));
  CHECK_THAT(complaint("1\n2\n"), Contains("two columns"));
  CHECK_THAT(complaint("1,2,0\n3,1\n"),
             Contains("line 2") && Contains("3 columns") && Contains("found 2"));
  CHECK_THAT(complaint("x,y,t\n1,2,0\n3,cat,1\n"),
             Contains("train.csv:3") && Contains("column 2 (y)") && Contains("'cat'"));
  CHECK_THAT(complaint("1,nan,0\n3,4,1\n"), Contains(":1: column 2") && Contains("'nan'"));
  CHECK_THAT(complaint("1,2,0\n3,1e99,1\n"), Contains("finite"));
  CHECK_THAT(complaint("1,2,0\n3,,1\n"), Contains(":2: column 2") && Contains("''"));
  CHECK_THAT(complaint("1,2,0\n3,4,oak\n"),
             Contains(":2: column 3") && Contains("expected a number"));
  CHECK_THAT(complaint("1,2,oak\n3,4,0\n"), Contains(":1: column 3"));
  CHECK_THAT(complaint("1,2,5\n3,4,5\n"), Contains("one class"));
  CHECK_THAT(complaint("1,2,0\n3,4,1\n1,1,1\n1,1,0\n", "1,2,7\n"),
             Contains("test.csv:1") && Contains("0, 1"));
  CHECK_THAT(complaint("1,2,0\n3,4,1\n1,1,1\n1,1,0\n", "1,2\n"), Contains("2 columns"));
  CHECK_THAT(complaint(counting(3000)), !Contains("none"));
  CHECK_THROWS_AS(load_csv("/nowhere/train.csv", {}, {}, 0), IoError);
  CHECK_THROWS_WITH(load("1,0.5\n2,1\n", "1,1\n", {.target = Target::classes}),
                    Contains("whole number"));
  CHECK_THROWS_WITH(load("1,oak\n2,ash\n", "1,1\n", {.target = Target::numbers}),
                    Contains("'oak'"));
}

TEST_CASE("random bytes never crash the CSV reader", "[data]") {
  constexpr std::string_view kLetters = "0123456789.,,,,\n\n\"-e na\r";
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random{seed};
    std::string text(1 + random.below(60), ' ');
    for (char& c : text) c = kLetters[random.below(kLetters.size())];
    try {
      const TrainTest data = load(text);
      CHECK(data.train.size() >= 1);
    } catch (const IoError&) {
    } catch (const ConfigError&) {
    }
  }
}
