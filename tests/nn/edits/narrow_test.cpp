// Which channels narrowing keeps.
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/support/edited.hpp"
#include "tests/support/random_model.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

namespace {

// Marks the channels that `c` makes: its biases become 0, 1, 2, ...
void number_channels(Model& model) {
  float number = 0;
  for (float& x : model.weights.at("c.bias").data) x = number++;
}
std::vector<float> channels_left(const Model& model) { return model.weights.at("c.bias").data; }

}  // namespace

TEST_CASE("narrow keeps the channels that matter", "[edits]") {
  Model model = scattered_model(two_convs(), 1);
  // Channels 1 and 4 of `a` are made unimportant, each in another way.
  Tensor& made = model.weights.at("a.weight");
  for (std::size_t i = 0; i < made.elements() / 6; ++i)
    made.data[1 * made.elements() / 6 + i] *= 1e-4F;
  Tensor& read = model.weights.at("b.weight");
  for (int row = 0; row < 4; ++row)
    for (int k = 0; k < 9; ++k) read.data[static_cast<std::size_t>((row * 6 + 4) * 9 + k)] *= 1e-4F;
  const Model narrow = apply(model, {.kind = "narrow", .site = "a", .args = {{"to", "4"}}});
  const Tensor& left = narrow.weights.at("a.norm.shift");
  const Tensor& all = model.weights.at("a.norm.shift");
  CHECK(left.data == std::vector<float>{all.data[0], all.data[2], all.data[3], all.data[5]});
  CHECK_THROWS_AS(apply(model, {.kind = "narrow", .site = "a", .args = {{"to", "0"}}}),
                  std::invalid_argument);
}

TEST_CASE("narrow without weights drops the last channels and asks for a width", "[edits]") {
  CHECK(std::get<Conv>(edited(two_convs(), "narrow a to=4").node("a").op).out == 4);
  for (const char* text : {"narrow a to=0", "narrow a to=-1", "narrow a to=6", "narrow a to=7",
                           "narrow a", "narrow pool to=2", "narrow logits to=2", "narrow a to=4x",
                           "narrow a to=4 keep=1", "narrow nowhere to=2"}) {
    INFO(text);
    CHECK_THROWS_AS(edited(two_convs(), text), std::invalid_argument);
  }
}

TEST_CASE("a grouped convolution reads each channel with the columns of its own group", "[edits]") {
  Model model = scattered_model(parse("  - {id: c, conv: {out: 8}}\n"
                                      "  - {id: g, conv: {out: 4, groups: 2}}\n"
                                      "  - {id: pool, global_avg_pool: {}}\n"
                                      "  - {id: logits, dense: {out: 3}}\n"),
                                1);
  number_channels(model);
  for (const char* name : {"c.weight", "g.weight"})
    for (float& x : model.weights.at(name).data) x = x > 0 ? 1.0F : -1.0F;
  // g's rows 0 and 1 read channels 0 to 3, its rows 2 and 3 channels 4 to 7. Channels 2 and 5 go.
  Tensor& read = model.weights.at("g.weight");
  for (int k = 0; k < 9; ++k) {
    read.data[static_cast<std::size_t>((0 * 4 + 2) * 9 + k)] = 1e-6F;
    read.data[static_cast<std::size_t>((1 * 4 + 2) * 9 + k)] = 1e-6F;
    read.data[static_cast<std::size_t>((2 * 4 + 1) * 9 + k)] = 1e-6F;
    read.data[static_cast<std::size_t>((3 * 4 + 1) * 9 + k)] = 1e-6F;
  }
  CHECK(channels_left(edited(model, "narrow c to=6")) == std::vector<float>{0, 1, 3, 4, 6, 7});
}

TEST_CASE("what lies between maker and reader counts too", "[edits]") {
  Model model = scattered_model(parse("  - {id: c, conv: {out: 5}}\n"
                                      "  - {id: norm, batch_norm: {}}\n"
                                      "  - {id: deep, conv: {out: 5, groups: 5}}\n"
                                      "  - {id: gate, scale: {}}\n"
                                      "  - {id: g, conv: {out: 4}}\n"
                                      "  - {id: pool, global_avg_pool: {}}\n"
                                      "  - {id: logits, dense: {out: 3}}\n"),
                                1);
  number_channels(model);
  model.weights.at("norm.norm.scale").data[0] = 1e-7F;
  for (int k = 0; k < 9; ++k) model.weights.at("deep.weight").data[2 * 9 + k] = 1e-7F;
  model.weights.at("gate.gate").data = {1, 1, 1, 1e-7F, 1};
  CHECK(channels_left(edited(model, "narrow c to=2")) == std::vector<float>{1, 4});
}

TEST_CASE("a channel that one branch ignores stays where another needs it", "[edits]") {
  Model model = scattered_model(parse("  - {id: c, conv: {out: 4}}\n"
                                      "  - {id: b, conv: {out: 4, groups: 4}}\n"
                                      "  - {id: sum, add: [c, b]}\n"
                                      "  - {id: g, conv: {out: 4}}\n"
                                      "  - {id: pool, global_avg_pool: {}}\n"
                                      "  - {id: logits, dense: {out: 3}}\n"),
                                1);
  number_channels(model);
  for (const char* name : {"c.weight", "b.weight", "g.weight"})
    for (float& x : model.weights.at(name).data) x = 1;
  for (int k = 0; k < 9; ++k) model.weights.at("b.weight").data[1 * 9 + k] = 0;  // the branch ends
  for (int row = 0; row < 4; ++row)
    for (int k = 0; k < 9; ++k)  // nothing reads channel 2
      model.weights.at("g.weight").data[static_cast<std::size_t>((row * 4 + 2) * 9 + k)] = 0;
  CHECK(channels_left(edited(model, "narrow c to=3")) == std::vector<float>{0, 1, 3});
}

TEST_CASE("narrowing a depthwise layer to one channel says that there is no way back", "[edits]") {
  const auto a = parse(
      "  - {id: c, conv: {out: 2}}\n"
      "  - {id: deep, conv: {out: 2, groups: 2}}\n"
      "  - {id: pool, global_avg_pool: {}}\n"
      "  - {id: logits, dense: {out: 3}}\n");
  const Edit edit = edit_from_text("narrow c to=1");
  CHECK_FALSE(find_fault(apply(a, edit)));
  CHECK_FALSE(edit_kind("narrow").inverse(a, edit));
}
