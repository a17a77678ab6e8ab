#include "nn/formats/safetensors.hpp"

#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "kernels/error.hpp"
#include "tests/catch.hpp"
#include "tests/support/random_architecture.hpp"
#include "tests/support/small_models.hpp"
#include "tests/support/temp_folder.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;
using Catch::Contains;
using nlohmann::json;

namespace {

Model tiny() {
  Architecture a;
  a.input = {2, 1, 1};
  a.nodes = {{"logits", Dense{.out = 2}, {"input"}}};
  Model model{.architecture = a, .weights = {}};
  model.weights["logits.weight"] = Tensor{{2, 2, 1, 1}};
  model.weights["logits.weight"].data = {1.0F, -2.0F, 0.5F, 3.25F};
  model.weights["logits.bias"] = Tensor{{2}};
  model.weights["logits.bias"].data = {0.25F, -1.0F};
  return model;
}

struct Saved {
  json header;
  std::string data;
};

Saved split(const std::string& bytes) {
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  return {.header = json::parse(bytes.substr(8, length)), .data = bytes.substr(8 + length)};
}

std::string join(const std::string& header, const std::string& data) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

std::string saved(const Model& model, const Metadata& metadata = {}) {
  const TempFolder folder;
  save_model(folder / "model.safetensors", model, metadata);
  return read_bytes(folder / "model.safetensors");
}

/// What loading these bytes complains of; `none` where it does not.
std::string complaint(const std::string& bytes) {
  const TempFolder folder;
  write_bytes(folder / "model.safetensors", bytes);
  try {
    static_cast<void>(load_model(folder / "model.safetensors"));
  } catch (const IoError& error) {
    CHECK_THAT(error.what(), Contains("model.safetensors"));
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("a saved model loads as it was with its metadata", "[safetensors]") {
  const TempFolder folder;
  const Model model = scrambled_model(small_architecture(), 1);
  const Metadata metadata{
      {"accuracy", "0.93"}, {"note", "line one\nline \"two\" \xc3\xa4"}, {"", ""}};
  save_model(folder / "m.safetensors", model, metadata);
  const ModelFile loaded = load_model(folder / "m.safetensors");
  CHECK(loaded.model == model);
  CHECK(loaded.metadata == metadata);
}

TEST_CASE("random models load as they were", "[safetensors]") {
  const TempFolder folder;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random random{seed, "architecture"};
    const Model model =
        scrambled_model(random_architecture(random, {.softmax = true, .genes = true}), seed);
    save_model(folder / "m.safetensors", model);
    REQUIRE(load_model(folder / "m.safetensors").model == model);
  }
}

TEST_CASE("every float survives bit for bit", "[safetensors]") {
  using Limits = std::numeric_limits<float>;
  Model model = tiny();
  model.weights["logits.weight"].data = {-0.0F, Limits::infinity(), Limits::denorm_min(),
                                         Limits::quiet_NaN()};
  const TempFolder folder;
  save_model(folder / "m.safetensors", model);
  const Model loaded = load_model(folder / "m.safetensors").model;
  CHECK(std::memcmp(loaded.weights.at("logits.weight").data.data(),
                    model.weights["logits.weight"].data.data(), 16) == 0);
}

TEST_CASE("equal models give equal bytes and other models others", "[safetensors]") {
  const Model model = scrambled_model(small_architecture(), 1);
  CHECK(saved(model, {{"b", "1"}, {"a", "2"}}) == saved(model, {{"a", "2"}, {"b", "1"}}));
  CHECK(saved(model) != saved(scrambled_model(small_architecture(), 2)));
}

TEST_CASE("the file is the one recorded", "[safetensors]") {
  const std::string golden = read_bytes(LAMARCK_TEST_FILES "/tiny.safetensors");
  const ModelFile loaded = load_model(LAMARCK_TEST_FILES "/tiny.safetensors");
  CHECK(loaded.model == tiny());
  CHECK(loaded.metadata == Metadata{{"epochs", "3"}});
  CHECK(saved(tiny(), {{"epochs", "3"}}) == golden);
  const Saved parts = split(golden);
  CHECK(parts.header["logits.weight"]["dtype"] == "F32");
  CHECK(parts.header["logits.weight"]["shape"] == json::array({2, 2, 1, 1}));
  CHECK(parts.header["logits.weight"]["data_offsets"] == json::array({8, 24}));
  CHECK(parts.data.size() == 24);
  CHECK((golden.size() - parts.data.size()) % 8 == 0);
}

TEST_CASE("a file cut anywhere or longer than it should be is refused", "[safetensors]") {
  const std::string good = saved(tiny());
  REQUIRE(complaint(good) == "none");
  for (std::size_t length = 0; length < good.size(); ++length) {
    INFO("cut to " << length << " bytes");
    CHECK(complaint(good.substr(0, length)) != "none");
  }
  CHECK_THAT(complaint(good.substr(0, 5)), Contains("too short"));
  CHECK_THAT(complaint(good.substr(0, 40)), Contains("truncated"));
  CHECK_THAT(complaint(good + "more"), Contains("24 bytes of tensors") && Contains("28 bytes"));
}

TEST_CASE("no byte can be changed unnoticed", "[safetensors]") {
  const std::string good = saved(tiny(), {{"epochs", "3"}});
  for (std::size_t i = 0; i < good.size(); ++i) {
    INFO("byte " << i);
    std::string bad = good;
    bad[i] ^= 1;
    CHECK(complaint(bad) != "none");
  }
  std::string bad = good;
  bad.back() ^= 1;
  CHECK_THAT(complaint(bad), Contains("damaged") && Contains("checksum"));
}

TEST_CASE("malformed headers are refused with what is wrong", "[safetensors]") {
  const Saved good = split(saved(tiny()));
  const auto changed = [&](const char* key, const json& value) {
    json header = good.header;
    header["logits.weight"][key] = value;
    return complaint(join(header.dump(), good.data));
  };
  CHECK_THAT(changed("dtype", "F16"),
             Contains("logits.weight") && Contains("\"F16\"") && Contains("F32"));
  CHECK_THAT(changed("data_offsets", {8, 2400}), Contains("bytes 8 to 2400 of 24"));
  CHECK_THAT(changed("data_offsets", {24, 8}), Contains("24 to 8"));
  CHECK_THAT(changed("data_offsets", {-8, 8}), Contains("malformed data_offsets"));
  CHECK_THAT(changed("data_offsets", {8}), Contains("malformed data_offsets"));
  CHECK_THAT(changed("data_offsets", {0, 16}), Contains("inside the one before"));
  CHECK_THAT(changed("data_offsets", {8, 20}), Contains("takes 16 bytes"));
  CHECK_THAT(changed("shape", {2, 3, 1, 1}), Contains("takes 24 bytes"));
  CHECK_THAT(changed("shape", {0, 2}), Contains("size 0"));
  CHECK_THAT(changed("shape", {2147483647, 2147483647, 2147483647, 2147483647}),
             Contains("its shape takes"));
  CHECK_THAT(changed("shape", "2x2"), Contains("malformed shape"));
  CHECK_THAT(changed("extra", 1), Contains("expected dtype, shape and data_offsets"));

  json header = good.header;
  header.erase("logits.bias");
  CHECK_THAT(complaint(join(header.dump(), good.data)), Contains("after a gap"));
  header = good.header;
  header["__metadata__"]["number"] = 1;
  CHECK_THAT(complaint(join(header.dump(), good.data)), Contains("'number' is no text"));
  CHECK_THAT(complaint(join(R"({"a":{},"a":{}})", "")), Contains("'a' stands there twice"));
  CHECK_THAT(complaint(join(R"({"a": )", "")), Contains("JSON"));
  CHECK_THAT(complaint(join("[1, 2]", "")), Contains("no JSON header"));
  CHECK_THAT(complaint(join("", "")), Contains("no JSON header"));
  CHECK_THAT(complaint(join(std::string(100000, '{'), "")), Contains("JSON"));
  CHECK_THAT(complaint(join("{\"a\":" + std::string(100000, '['), "")), Contains("JSON"));
  CHECK_THAT(complaint("\xff\xff\xff\xff\xff\xff\xff\x7f{}"), Contains("no safetensors file"));
  CHECK_THAT(complaint("PNG and then some text that is longer"), Contains("no safetensors file"));
}

TEST_CASE("a file of another program is refused for its lack of an architecture", "[safetensors]") {
  Saved parts = split(saved(tiny()));
  parts.header.erase("__metadata__");
  CHECK_THAT(complaint(join(parts.header.dump(), parts.data)), Contains("no architecture"));
  parts.header["__metadata__"] = {{"format", "pt"}};
  CHECK_THAT(complaint(join(parts.header.dump(), parts.data)), Contains("no architecture"));
}

TEST_CASE("what cannot be saved leaves nothing behind", "[safetensors]") {
  const TempFolder folder;
  const Model model = scrambled_model(small_architecture(), 1);
  CHECK_THROWS_AS(save_model(folder / "none/m.safetensors", model), IoError);

  Model faulty = model;
  faulty.weights.erase("logits.weight");
  CHECK_THROWS_AS(save_model(folder / "m.safetensors", faulty), std::invalid_argument);
  CHECK_THROWS_AS(save_model(folder / "m.safetensors", model, {{"lamarck.checksum", "0"}}),
                  std::invalid_argument);
  CHECK_THROWS_AS(save_model(folder / "m.safetensors", model, {{"a", "\xff\xfe"}}),
                  std::invalid_argument);
  CHECK(std::filesystem::is_empty(folder.path()));

  // As on a full disk: the system takes only the first bytes, and the file before stays whole.
  save_model(folder / "m.safetensors", tiny());
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 512, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  std::string complained;
  try {
    save_model(folder / "m.safetensors", model);
  } catch (const IoError& error) {
    complained = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK_THAT(complained, Contains("m.safetensors"));
  CHECK(load_model(folder / "m.safetensors").model == tiny());
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);

  CHECK_THROWS_AS(load_model(folder / "nowhere.safetensors"), IoError);
  CHECK_THROWS_AS(load_model(folder.path()), IoError);
}
