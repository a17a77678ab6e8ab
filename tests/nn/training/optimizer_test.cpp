#include "nn/training/optimizer.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "kernels/random.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::nn;

namespace {

constexpr OptimizerKind kKinds[] = {OptimizerKind::sgd, OptimizerKind::adam, OptimizerKind::adamw,
                                    OptimizerKind::rmsprop};

std::vector<ParameterBlock> one_block(std::size_t size, bool decayed = true) {
  return {{"all", 0, size, decayed}};
}

// The bowl (4 (x - 1)^2 + (y + 2)^2) / 2.
template <class Number>
std::vector<Number> bowl_gradient(const std::vector<Number>& w) {
  return {Number{4} * (w[0] - Number{1}), w[1] + Number{2}};
}

// The published formulas, in double, one number at a time.
struct Reference {
  OptimizerOptions o;
  std::vector<double> w{3, 3}, m{0, 0}, v{0, 0};
  int t = 0;

  void step(double rate) {
    ++t;
    auto g = bowl_gradient(w);
    for (std::size_t i = 0; i < w.size(); ++i) {
      if (o.kind == OptimizerKind::adamw)
        w[i] -= rate * o.weight_decay * w[i];
      else
        g[i] += o.weight_decay * w[i];
      switch (o.kind) {
        case OptimizerKind::sgd:
          m[i] = o.momentum * m[i] + g[i];
          w[i] -= rate * (o.nesterov ? g[i] + o.momentum * m[i] : m[i]);
          break;
        case OptimizerKind::adam:
        case OptimizerKind::adamw: {
          m[i] = o.beta1 * m[i] + (1 - o.beta1) * g[i];
          v[i] = o.beta2 * v[i] + (1 - o.beta2) * g[i] * g[i];
          const double first = m[i] / (1 - std::pow(o.beta1, t));
          const double second = v[i] / (1 - std::pow(o.beta2, t));
          w[i] -= rate * first / (std::sqrt(second) + o.epsilon);
          break;
        }
        case OptimizerKind::rmsprop:
          v[i] = o.alpha * v[i] + (1 - o.alpha) * g[i] * g[i];
          m[i] = o.momentum * m[i] + g[i] / (std::sqrt(v[i]) + o.epsilon);
          w[i] -= rate * m[i];
          break;
      }
    }
  }
};

OptimizerOptions options_of(OptimizerKind kind) {
  OptimizerOptions o;
  o.kind = kind;
  o.rate = kind == OptimizerKind::sgd ? 0.05 : 0.01;
  return o;
}

std::vector<float> normal_numbers(std::size_t size, std::uint64_t seed) {
  Random random{seed};
  std::vector<float> numbers(size);
  for (float& x : numbers) x = static_cast<float>(random.normal());
  return numbers;
}

}  // namespace

TEST_CASE("first steps of SGD on a bowl by hand", "[training][optimizer]") {
  OptimizerOptions o;
  o.momentum = 0.5;
  Optimizer optimizer{o, one_block(2), 2};
  std::vector<float> w{3, 3};
  // gradient (8, 5), buffer (8, 5), w -= 0.1 (8, 5); the norm is that of the gradient
  CHECK(optimizer.step(0.1, w, bowl_gradient(w)) == Approx(std::sqrt(89.0)));
  CHECK(w[0] == Approx(2.2));
  CHECK(w[1] == Approx(2.5));
  // gradient (4.8, 4.5), buffer (8.8, 7)
  optimizer.step(0.1, w, bowl_gradient(w));
  CHECK(w[0] == Approx(1.32));
  CHECK(w[1] == Approx(1.8));
}

TEST_CASE("Adam moves by the rate at first whatever the gradient", "[training][optimizer]") {
  const OptimizerOptions o = options_of(OptimizerKind::adam);
  Optimizer optimizer{o, one_block(3), 3};
  std::vector<float> w{1, 1, 1};
  optimizer.step(0.01, w, std::vector<float>{1000.0F, -1e-3F, 0.0F});
  CHECK(w[0] == Approx(0.99));
  CHECK(w[1] == Approx(1.01).epsilon(1e-5));
  CHECK(w[2] == 1.0F);
}

TEST_CASE("every optimiser follows its published formula on a bowl", "[training][optimizer]") {
  for (const OptimizerKind kind : kKinds)
    for (const double momentum : {0.0, 0.9})
      for (const double decay : {0.0, 0.1})
        for (const bool nesterov : {false, true}) {
          OptimizerOptions o = options_of(kind);
          o.momentum = momentum;
          o.weight_decay = decay;
          o.nesterov = nesterov;
          if (nesterov && (kind != OptimizerKind::sgd || momentum == 0)) continue;
          INFO("kind " << static_cast<int>(kind) << " momentum " << momentum << " decay " << decay);
          Reference reference{o};
          Optimizer optimizer{o, one_block(2), 2};
          std::vector<float> w{3, 3};
          for (int step = 0; step < 60; ++step) {
            const double rate = o.rate * (step < 30 ? 1 : 0.3);  // the rate may change
            reference.step(rate);
            optimizer.step(rate, w, bowl_gradient(w));
            for (std::size_t i = 0; i < 2; ++i)
              REQUIRE(w[i] == Approx(reference.w[i]).epsilon(2e-5).margin(2e-5));
          }
        }
}

TEST_CASE("every optimiser finds the bottom of the bowl", "[training][optimizer]") {
  for (const OptimizerKind kind : kKinds) {
    OptimizerOptions o = options_of(kind);
    o.momentum = 0.5;
    Optimizer optimizer{o, one_block(2), 2};
    std::vector<float> w{3, 3};
    for (int step = 0; step < 3000; ++step)
      optimizer.step(o.rate * (1 - step / 3000.0), w, bowl_gradient(w));
    CHECK(w[0] == Approx(1).margin(1e-2));
    CHECK(w[1] == Approx(-2).margin(1e-2));
  }
}

TEST_CASE("weight decay touches the blocks that say so alone", "[training][optimizer]") {
  for (const OptimizerKind kind : kKinds) {
    OptimizerOptions o = options_of(kind);
    o.weight_decay = 0.5;
    Optimizer optimizer{o, {{"a", 0, 2, true}, {"b", 2, 2, false}}, 4};
    std::vector<float> w{1, 1, 1, 1};
    optimizer.step(0.1, w, std::vector<float>(4, 0.0F));
    CHECK(w[0] < 1);
    CHECK(w[1] < 1);
    CHECK(w[2] == 1);
    CHECK(w[3] == 1);
  }
}

TEST_CASE("numbers outside of all blocks are left alone", "[training][optimizer]") {
  OptimizerOptions o;
  Optimizer optimizer{o, {{"a", 1, 2, true}}, 4};
  std::vector<float> w{1, 1, 1, 1};
  optimizer.step(0.1, w, std::vector<float>(4, 1.0F));
  CHECK(w == std::vector<float>{1, 0.9F, 0.9F, 1});
}

TEST_CASE("padding stays zero bit for bit", "[training][optimizer]") {
  for (const OptimizerKind kind : kKinds) {
    OptimizerOptions o = options_of(kind);
    o.weight_decay = 0.1;
    o.ema = 0.9;
    o.clip = 0.1;
    Optimizer optimizer{o, one_block(64), 64};
    std::vector<float> w = normal_numbers(64, 1);
    for (std::size_t i = 0; i < w.size(); i += 3) w[i] = 0;
    for (std::uint64_t step = 0; step < 20; ++step) {
      auto g = normal_numbers(64, 2 + step);
      for (std::size_t i = 0; i < w.size(); i += 3) g[i] = 0;
      optimizer.step(o.rate, w, g);
    }
    for (std::size_t i = 0; i < w.size(); i += 3) {
      CHECK(w[i] == 0.0F);
      CHECK(optimizer.average()[i] == 0.0F);
    }
    CHECK(w[1] != 0.0F);
  }
}

TEST_CASE("clipping scales the whole gradient to the given norm", "[training][optimizer]") {
  OptimizerOptions o;
  o.momentum = 0;
  o.clip = 1;
  Optimizer optimizer{o, one_block(2), 2};
  std::vector<float> w{0, 0};
  CHECK(optimizer.step(1.0, w, std::vector<float>{3, 4}) == Approx(5));  // the norm before
  CHECK(w[0] == Approx(-0.6));
  CHECK(w[1] == Approx(-0.8));
  w = {0, 0};
  optimizer.step(1.0, w, std::vector<float>{0.3F, 0.4F});  // short enough: as it is
  CHECK(w == std::vector<float>{-0.3F, -0.4F});
}

TEST_CASE("the norm is that of all gradients and overflows late", "[training][optimizer]") {
  for (const std::size_t size : {1U, 7U, 8U, 9U, 1000U}) {
    OptimizerOptions o;
    Optimizer optimizer{o, one_block(size), size};
    std::vector<float> w(size, 0.0F);
    const auto g = normal_numbers(size, size);
    double sum = 0;
    for (const float x : g) sum += static_cast<double>(x) * x;
    CHECK(optimizer.step(0.0, w, g) == Approx(std::sqrt(sum)).epsilon(1e-12));
    // 1e30 squared is beyond float.
    CHECK(optimizer.step(0.0, w, std::vector<float>(size, 1e30F)) ==
          Approx(1e30 * std::sqrt(static_cast<double>(size))));
  }
}

TEST_CASE("a gradient that is not finite changes nothing", "[training][optimizer]") {
  const float bad =
      GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity());
  for (const OptimizerKind kind : kKinds)
    for (std::size_t place = 0; place < 11; ++place) {
      OptimizerOptions o = options_of(kind);
      o.ema = 0.9;
      Optimizer optimizer{o, one_block(11), 11};
      std::vector<float> w = normal_numbers(11, 1);
      optimizer.step(0.1, w, normal_numbers(11, 2));
      const auto weights = w;
      const auto state = optimizer.state();
      auto g = normal_numbers(11, 3);
      g[place] = bad;
      CHECK_FALSE(std::isfinite(optimizer.step(0.1, w, g)));
      CHECK(w == weights);
      CHECK(optimizer.state() == state);
    }
}

TEST_CASE("the average follows its recurrence", "[training][optimizer]") {
  for (const OptimizerKind kind : kKinds) {
    OptimizerOptions o = options_of(kind);
    o.ema = 0.6;
    Optimizer optimizer{o, one_block(2), 2};
    std::vector<float> w{3, 3};
    std::vector<double> average{3, 3};  // the weights before the first step
    for (int t = 0; t < 30; ++t) {
      optimizer.step(0.05, w, bowl_gradient(w));
      const double keep = std::min(0.6, (1.0 + t) / (10.0 + t));
      for (std::size_t i = 0; i < 2; ++i) {
        average[i] = keep * average[i] + (1 - keep) * static_cast<double>(w[i]);
        REQUIRE(optimizer.average()[i] == Approx(average[i]).epsilon(1e-5));
      }
    }
  }
  CHECK(Optimizer{OptimizerOptions{}, one_block(2), 2}.average().empty());
}

TEST_CASE("the average does not change the steps", "[training][optimizer]") {
  for (const OptimizerKind kind : kKinds) {
    OptimizerOptions o = options_of(kind);
    Optimizer plain{o, one_block(37), 37};
    o.ema = 0.99;
    Optimizer averaged{o, one_block(37), 37};
    auto a = normal_numbers(37, 1);
    auto b = a;
    for (std::uint64_t step = 0; step < 10; ++step) {
      const auto g = normal_numbers(37, 10 + step);
      plain.step(o.rate, a, g);
      averaged.step(o.rate, b, g);
    }
    CHECK(a == b);
  }
}

TEST_CASE("a restored optimiser goes on bit for bit", "[training][optimizer]") {
  for (const OptimizerKind kind : kKinds)
    for (const double ema : {0.0, 0.99}) {
      OptimizerOptions o = options_of(kind);
      o.weight_decay = 0.01;
      o.ema = ema;
      o.clip = 3;
      Optimizer first{o, one_block(50), 50};
      auto w = normal_numbers(50, 1);
      for (std::uint64_t step = 0; step < 7; ++step)
        first.step(o.rate, w, normal_numbers(50, 10 + step));

      Optimizer second{o, one_block(50), 50};
      second.restore(first.state());
      auto other = w;
      for (std::uint64_t step = 0; step < 7; ++step) {
        const auto g = normal_numbers(50, 20 + step);
        first.step(o.rate, w, g);
        second.step(o.rate, other, g);
        REQUIRE(w == other);
      }
      CHECK(first.state() == second.state());
    }
}

TEST_CASE("a state that is not this optimiser's is refused", "[training][optimizer]") {
  const OptimizerOptions o = options_of(OptimizerKind::adam);
  Optimizer optimizer{o, one_block(3), 3};
  auto state = optimizer.state();
  const auto before = state;
  state.pop_back();
  CHECK_THROWS_AS(optimizer.restore(state), std::invalid_argument);
  CHECK_THROWS_AS(optimizer.restore({}), std::invalid_argument);
  for (const float bad : {-1.0F, 0.5F, 1e30F, std::numeric_limits<float>::quiet_NaN()}) {
    state = before;
    state[0] = bad;
    CHECK_THROWS_AS(optimizer.restore(state), std::invalid_argument);
  }
  CHECK(optimizer.state() == before);
}

TEST_CASE("options out of range are refused by name", "[training][optimizer]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  using Change = std::function<void(OptimizerOptions&)>;
  const std::vector<std::pair<std::string, Change>> changes{
      {"rate", [](auto& o) { o.rate = -1; }},
      {"rate", [=](auto& o) { o.rate = nan; }},
      {"momentum", [](auto& o) { o.momentum = 1; }},
      {"momentum", [=](auto& o) { o.momentum = nan; }},
      {"beta1", [](auto& o) { o.beta1 = 1; }},
      {"beta2", [](auto& o) { o.beta2 = -0.1; }},
      {"alpha", [](auto& o) { o.alpha = 1.5; }},
      {"epsilon", [](auto& o) { o.epsilon = 0; }},
      {"weight_decay", [](auto& o) { o.weight_decay = -1e-9; }},
      {"clip", [](auto& o) { o.clip = -1; }},
      {"ema", [](auto& o) { o.ema = 1; }},
      {"nesterov",
       [](auto& o) {
         o.nesterov = true;
         o.momentum = 0;
       }},
      {"nesterov", [](auto& o) {
         o.nesterov = true;
         o.kind = OptimizerKind::adam;
       }}};
  for (const auto& [name, change] : changes) {
    OptimizerOptions o;
    change(o);
    CHECK_THROWS_WITH((Optimizer{o, one_block(2), 2}), Catch::Contains(name));
  }
}

TEST_CASE("blocks and spans of the wrong size are refused", "[training][optimizer]") {
  const OptimizerOptions o;
  CHECK_THROWS_WITH((Optimizer{o, {{"late", 1, 2, true}}, 2}), Catch::Contains("late"));
  Optimizer optimizer{o, one_block(2), 2};
  std::vector<float> two(2);
  std::vector<float> three(3);
  CHECK_THROWS_AS(optimizer.step(0.1, three, two), std::invalid_argument);
  CHECK_THROWS_AS(optimizer.step(0.1, two, three), std::invalid_argument);
}
