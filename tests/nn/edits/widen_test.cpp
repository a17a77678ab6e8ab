// Splitting channels.
#include <algorithm>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/support/edited.hpp"
#include "tests/support/random_model.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using namespace lamarck::test;

TEST_CASE("widen keeps the old channels first and shares what reads the copies", "[edits]") {
  const Model model = scattered_model(two_convs(), 1);
  const Model wide = edited(model, "widen a to=9 seed=3");
  CHECK(std::get<Conv>(wide.architecture.node("a").op).out == 9);
  CHECK(wide.weights.at("b.weight").shape == std::vector<int>{4, 9, 3, 3});
  const auto& shift = model.weights.at("a.norm.shift").data;
  const auto& wider = wide.weights.at("a.norm.shift").data;
  CHECK(std::equal(shift.begin(), shift.end(), wider.begin()));
  // Every column of a channel, summed over its copies, is what it was.
  const auto& before = model.weights.at("b.weight").data;
  const auto& after = wide.weights.at("b.weight").data;
  for (std::size_t channel = 0; channel < 6; ++channel) {
    double sum = 0;
    for (std::size_t j = 0; j < 9; ++j)
      if (wider[j] == shift[channel]) sum += after[j * 9];
    CHECK(sum == Approx(before[channel * 9]).epsilon(1e-5));
  }
}

TEST_CASE("widening beyond twice copies every channel before any twice", "[edits]") {
  const Model wide = edited(scattered_model(two_convs(), 1), "widen a to=18 seed=3");
  const auto& shift = wide.weights.at("a.norm.shift").data;
  for (std::size_t channel = 0; channel < 6; ++channel)
    CHECK(std::count(shift.begin(), shift.end(), shift[channel]) == 3);
}

TEST_CASE("noise tells the copies apart and only noise does", "[edits]") {
  const Model model = scattered_model(two_convs(), 1);
  const auto columns_differ = [&](const std::string& text) {
    const Model wide = edited(model, text);
    const auto& shift = wide.weights.at("a.norm.shift").data;
    const auto& read = wide.weights.at("b.weight").data;
    for (std::size_t j = 6; j < 12; ++j)
      for (std::size_t i = 0; i < 6; ++i)
        if (shift[i] == shift[j] && read[i * 9] != read[j * 9]) return true;
    return false;
  };
  CHECK_FALSE(columns_differ("widen a to=12 seed=3"));
  CHECK(columns_differ("widen a to=12 noise=0.1 seed=3"));
}

TEST_CASE("widths that no network can have are refused", "[edits]") {
  for (const char* text :
       {"widen a to=6", "widen a to=5", "widen a to=0", "widen a to=2000000000",
        "widen a to=99999999999", "widen a", "widen a to=8.5", "widen a to=8 noise=1",
        "widen a to=8 noise=-0.1", "widen a to=8 noise=nan", "widen a to=8 nois=0.1",
        "widen pool to=8", "widen logits to=8"}) {
    INFO(text);
    CHECK_THROWS_AS(edited(two_convs(), text), std::invalid_argument);
  }
}
