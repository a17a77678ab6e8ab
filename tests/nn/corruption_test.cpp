// Whatever an architecture holds, it is either faulty, in one printable line, or it works.
#include <algorithm>
#include <climits>
#include <cmath>
#include <limits>

#include "kernels/error.hpp"
#include "nn/canonical.hpp"
#include "nn/costs.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "nn/formats/dot.hpp"
#include "nn/model.hpp"
#include "tests/catch.hpp"
#include "tests/support/random_architecture.hpp"

using namespace lamarck;
using namespace lamarck::nn;

namespace {

class Corrupter {
 public:
  explicit Corrupter(Random& random) : random_{random} {}

  void operator()(Architecture& net) {
    switch (random_.below(9)) {
      case 0:
        return number(one_of({&net.input.channels, &net.input.height, &net.input.width}));
      case 1: {
        Node& a = pick(net.nodes);
        Node& b = pick(net.nodes);
        return std::swap(a, b);
      }
      case 2: {
        auto& inputs = pick(net.nodes).inputs;
        if (!inputs.empty()) pick(inputs) = name(net);
        return;
      }
      case 3:
        return pick(net.nodes).inputs.push_back(name(net));
      case 4:
        pick(net.nodes).id = name(net);
        return;
      case 5:
        net.nodes.push_back(pick(net.nodes));
        return;
      case 6:
        net.nodes.erase(net.nodes.begin() +
                        static_cast<std::ptrdiff_t>(random_.below(net.nodes.size())));
        if (net.nodes.empty()) net.nodes.push_back({"a", Flatten{}, {}});
        return;
      default:
        return option(pick(net.nodes).op);
    }
  }

 private:
  template <class T>
  T& pick(std::vector<T>& items) {
    return items[random_.below(items.size())];
  }
  int& one_of(std::initializer_list<int*> numbers) {
    return **(numbers.begin() + random_.below(numbers.size()));
  }
  void number(int& x) {
    const std::vector<int> choices{0,          1,       -1,      2,           3,     7,    46341,
                                   1000000000, INT_MAX, INT_MIN, INT_MAX - 1, x + 1, x / 2};
    x = choices[random_.below(choices.size())];
  }
  std::string name(const Architecture& net) {
    const std::vector<std::string> choices{"",
                                           "input",
                                           "nobody",
                                           "a b",
                                           "\xff",
                                           net.nodes.front().id,
                                           net.nodes.back().id,
                                           net.nodes[random_.below(net.nodes.size())].id};
    return choices[random_.below(choices.size())];
  }
  void option(Operation& op) {
    if (auto* conv = std::get_if<Conv>(&op)) {
      if (random_.chance(0.2)) conv->pad.emplace();
      if (random_.chance(0.1)) conv->act = static_cast<Activation>(random_.below(20));
      std::vector<int*> numbers{&conv->out,           &conv->kernel.height,  &conv->kernel.width,
                                &conv->stride.height, &conv->dilation.width, &conv->groups,
                                &conv->stride.width,  &conv->dilation.height};
      if (conv->pad) numbers.insert(numbers.end(), {&conv->pad->top, &conv->pad->right});
      return number(*pick(numbers));
    }
    if (auto* dense = std::get_if<Dense>(&op)) return number(dense->out);
    if (auto* pool = std::get_if<MaxPool>(&op)) {
      if (!pool->stride) pool->stride.emplace();
      return number(one_of({&pool->kernel.height, &pool->stride->width, &pool->pad.left}));
    }
    if (auto* scale = std::get_if<Scale>(&op)) {
      scale->init = std::numeric_limits<float>::quiet_NaN();
      return;
    }
    op = random_.chance(0.5) ? Operation{Softmax{}} : Operation{Concat{}};
  }

  Random& random_;
};

}  // namespace

TEST_CASE("corrupted architectures are faulty or work", "[corruption]") {
  int faulty = 0;
  int sound = 0;
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    Random random{seed, "corruption"};
    Architecture net = test::random_architecture(random, {.genes = true});
    const std::size_t times = 1 + random.below(2);
    for (std::size_t i = 0; i < times; ++i) Corrupter{random}(net);
    CAPTURE(seed, to_yaml(net));
    std::optional<std::string> fault;
    REQUIRE_NOTHROW(fault = find_fault(net));
    if (fault) {
      ++faulty;
      CHECK(fault->size() < 400);
      CHECK(std::ranges::all_of(*fault, [](char c) { return c >= ' ' && c <= '~'; }));
      CHECK_THROWS_AS(infer_shapes(net), std::invalid_argument);
      CHECK_THROWS_AS(costs(net), std::invalid_argument);
      CHECK_THROWS_AS(canonical(net), std::invalid_argument);
      CHECK_THROWS_AS(parameter_specs(net), std::invalid_argument);
      CHECK_THROWS_AS(architecture_from_yaml(to_yaml(net)), ConfigError);
    } else {
      ++sound;
      const Costs found = costs(net);
      CHECK(found.macs >= 0);
      CHECK(found.params >= 0);
      CHECK(found.peak_activation_bytes > 0);
      CHECK(canonical(canonical(net)) == canonical(net));
      CHECK(architecture_from_yaml(to_yaml(net)) == net);
      CHECK_NOTHROW(to_dot(net));
    }
  }
  CHECK(faulty > 500);
  CHECK(sound > 50);
}

TEST_CASE("corrupted text is refused with a place or read", "[corruption]") {
  int refused = 0;
  int read = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Random random{seed, "text"};
    std::string text = to_yaml(test::random_architecture(random, {.genes = true}));
    const std::size_t times = 1 + random.below(2);
    for (std::size_t i = 0; i < times; ++i) {
      const std::size_t at = random.below(text.size());
      switch (random.below(4)) {
        case 0:
          text[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          text.erase(at, 1 + random.below(10));
          break;
        case 2:
          text.insert(at, 1, "{}[],:-#&*!|>'\"%@` \n\t0"[random.below(23)]);
          break;
        default:
          text.insert(at, text.substr(random.below(text.size()), random.below(30)));
          break;
      }
      if (text.empty()) text = "a";
    }
    CAPTURE(seed, text);
    try {
      const Architecture net = architecture_from_yaml(text, "net.yaml");
      CHECK_FALSE(find_fault(net));
      ++read;
    } catch (const ConfigError& error) {
      CHECK(std::string_view{error.what()}.starts_with("net.yaml"));
      ++refused;
    }  // anything else fails the test
  }
  CHECK(refused > 300);
  CHECK(read > 10);
}
