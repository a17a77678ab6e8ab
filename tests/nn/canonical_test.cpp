#include "nn/canonical.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>

#include "nn/blocks.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "tests/catch.hpp"
#include "tests/support/random_architecture.hpp"

using namespace lamarck;
using namespace lamarck::nn;

namespace {

Architecture random_net(std::uint64_t seed) {
  Random random{seed, "canonical"};
  return test::random_architecture(random, {.softmax = true, .genes = true});
}

/// Other ids, another topological order, inputs of adds in another order.
Architecture shuffled(Architecture net, Random& random) {
  std::vector<std::size_t> names(net.nodes.size());
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = i;
  random.shuffle(names);
  std::map<std::string, std::string> renamed{{"input", "input"}};
  for (std::size_t i = 0; i < names.size(); ++i)
    renamed[net.nodes[i].id] = "x" + std::to_string(names[i]);
  for (Node& node : net.nodes) {
    node.id = renamed.at(node.id);
    for (std::string& input : node.inputs) input = renamed.at(input);
    if (std::holds_alternative<Add>(node.op)) random.shuffle(node.inputs);
  }
  std::vector<Node> waiting = std::exchange(net.nodes, {});
  std::set<std::string> done{"input"};
  while (!waiting.empty()) {
    const std::size_t pick = random.below(waiting.size());
    const auto& inputs = waiting[pick].inputs;
    if (!std::ranges::all_of(inputs, [&](const auto& id) { return done.contains(id); })) continue;
    done.insert(waiting[pick].id);
    net.nodes.push_back(waiting[pick]);
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(pick));
  }
  return net;
}

/// A node that does nothing, on a random edge or behind the output.
void insert_identity(Architecture& net, Random& random) {
  const std::size_t at = random.below(net.nodes.size() + 1);
  const bool behind = at == net.nodes.size();
  const std::size_t edge = behind ? 0 : random.below(net.nodes[at].inputs.size());
  const std::string from = behind ? net.output() : net.nodes[at].inputs[edge];
  const Shape shape = shapes_by_id(net).at(from);
  std::vector<Operation> choices{Activate{.act = Activation::identity}, Dropout{.rate = 0},
                                 MaxPool{.kernel = {1, 1}},
                                 AvgPool{.kernel = {1, 1}, .stride = Extent{1, 1}}};
  if (shape.height == 1 && shape.width == 1) {
    choices.emplace_back(Flatten{});
    choices.emplace_back(GlobalAvgPool{});
  }
  const std::string id = net.fresh_id("nothing");
  if (!behind) net.nodes[at].inputs[edge] = id;
  net.nodes.insert(net.nodes.begin() + static_cast<std::ptrdiff_t>(at),
                   {id, choices[random.below(choices.size())], {from}});
}

/// Every change of one option of one node that makes another network.
std::vector<Architecture> variants(const Architecture& net) {
  std::vector<Architecture> found;
  const auto add = [&](std::size_t i, const std::function<void(Operation&)>& change) {
    Architecture other = net;
    change(other.nodes[i].op);
    if (!find_fault(other)) found.push_back(std::move(other));
  };
  const auto next = [](Activation act) {
    return act == Activation::tanh ? Activation::relu : Activation::tanh;
  };
  for (std::size_t i = 0; i < net.nodes.size(); ++i) {
    const Operation& op = net.nodes[i].op;
    if (std::holds_alternative<Conv>(op)) {
      const auto conv = [&](const std::function<void(Conv&)>& change) {
        add(i, [&](Operation& o) { change(std::get<Conv>(o)); });
      };
      conv([](Conv& c) { c.out += c.groups; });
      conv([](Conv& c) { c.kernel.height += 2; });
      conv([](Conv& c) { c.kernel.width += 2; });
      conv([](Conv& c) { ++c.stride.height; });
      conv([](Conv& c) { ++c.stride.width; });
      if (std::get<Conv>(op).kernel.height > 1) conv([](Conv& c) { ++c.dilation.height; });
      if (std::get<Conv>(op).kernel.width > 1) conv([](Conv& c) { ++c.dilation.width; });
      conv([](Conv& c) { c.groups = c.groups == 1 ? 2 : 1; });
      conv([](Conv& c) { c.bias = !has_bias(c); });
      conv([](Conv& c) {
        c.bias = has_bias(c);
        c.norm = c.norm == Norm::none ? Norm::batch : Norm::none;
      });
      conv([&](Conv& c) { c.act = next(c.act); });
      for (int Padding::*side : {&Padding::top, &Padding::left, &Padding::bottom, &Padding::right})
        conv([&](Conv& c) {
          Padding pad = padding(c);
          ++(pad.*side);
          c.pad = pad;
        });
    } else if (std::holds_alternative<Dense>(op)) {
      const auto dense = [&](const std::function<void(Dense&)>& change) {
        add(i, [&](Operation& o) { change(std::get<Dense>(o)); });
      };
      dense([](Dense& d) { ++d.out; });
      dense([](Dense& d) { d.bias = !has_bias(d); });
      dense([](Dense& d) {
        d.bias = has_bias(d);
        d.norm = d.norm == Norm::none ? Norm::batch : Norm::none;
      });
      dense([&](Dense& d) { d.act = next(d.act); });
    } else if (std::holds_alternative<MaxPool>(op)) {
      add(i, [](Operation& o) { ++std::get<MaxPool>(o).kernel.height; });
      add(i, [](Operation& o) {
        auto& pool = std::get<MaxPool>(o);
        pool.stride = Extent{pool.stride.value_or(pool.kernel).height + 1, 1};
      });
      add(i, [](Operation& o) {
        const MaxPool pool = std::get<MaxPool>(o);
        o = AvgPool{pool.kernel, pool.stride, pool.pad};
      });
    } else if (std::holds_alternative<AvgPool>(op)) {
      add(i, [](Operation& o) { ++std::get<AvgPool>(o).kernel.width; });
      add(i, [](Operation& o) {
        auto& pad = std::get<AvgPool>(o).pad;
        pad.left = 1 - pad.left;
      });
    } else if (std::holds_alternative<Add>(op)) {
      add(i, [&](Operation& o) { std::get<Add>(o).act = next(std::get<Add>(o).act); });
    } else if (std::holds_alternative<Scale>(op) && net.nodes[i].inputs.size() == 1) {
      add(i, [](Operation& o) { std::get<Scale>(o).init += 0.125F; });
    } else if (std::holds_alternative<Activate>(op)) {
      add(i, [&](Operation& o) { std::get<Activate>(o).act = next(std::get<Activate>(o).act); });
    } else if (std::holds_alternative<BatchNorm>(op)) {
      add(i, [&](Operation& o) { std::get<BatchNorm>(o).act = next(std::get<BatchNorm>(o).act); });
    } else if (std::holds_alternative<Dropout>(op)) {
      add(i, [](Operation& o) { std::get<Dropout>(o).rate /= 2; });
    }
  }
  for (double factor : {0.5, 2.0}) {
    found.push_back(net);
    auto& rate = found.back().genes.rate;
    rate = rate.value_or(1) * factor / 3;
  }
  found.push_back(net);
  auto& optimizer = found.back().genes.optimizer;
  optimizer = optimizer == "sgd" ? "adam" : "sgd";
  return found;
}

}  // namespace

TEST_CASE("names, order and nodes that do nothing do not change the hash", "[canonical]") {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const Architecture net = random_net(seed);
    const Architecture form = canonical(net);
    CAPTURE(seed, to_yaml(net), to_yaml(form));
    REQUIRE_FALSE(find_fault(form));
    REQUIRE(canonical(form) == form);
    REQUIRE(infer_shapes(form).back() == infer_shapes(net).back());
    Random random{seed, "shuffle"};
    for (int i = 0; i < 3; ++i) {
      Architecture other = shuffled(net, random);
      for (int k = 0; k < i; ++k) insert_identity(other, random);
      other = shuffled(other, random);
      REQUIRE_FALSE(find_fault(other));
      CAPTURE(to_yaml(other));
      REQUIRE(to_yaml(canonical(other)) == to_yaml(form));
      REQUIRE(canonical_hash(other) == canonical_hash(net));
    }
  }
}

TEST_CASE("every option changes the hash", "[canonical]") {
  std::size_t tried = 0;
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    const Architecture net = random_net(seed);
    for (const Architecture& other : variants(net)) {
      CAPTURE(to_yaml(net), to_yaml(other));
      CHECK(canonical_hash(other) != canonical_hash(net));
      ++tried;
    }
  }
  CHECK(tried > 1000);
}

TEST_CASE("what may be written in several ways is one", "[canonical]") {
  const auto hash = [](Operation op) {
    return canonical_hash({.input = {4, 9, 9}, .nodes = {{"a", std::move(op), {"input"}}}});
  };
  CHECK(hash(Conv{.out = 4}) == hash(Conv{.out = 4, .pad = Padding{1, 1, 1, 1}}));
  CHECK(hash(Conv{.out = 4}) == hash(Conv{.out = 4, .bias = true}));
  CHECK(hash(Conv{.out = 4, .norm = Norm::batch}) ==
        hash(Conv{.out = 4, .bias = false, .norm = Norm::batch}));
  CHECK(hash(Conv{.out = 4, .kernel = {1, 3}}) ==
        hash(Conv{.out = 4, .kernel = {1, 3}, .dilation = {7, 1}}));
  CHECK(hash(Conv{.out = 4}) != hash(Conv{.out = 4, .pad = Padding{2, 1, 1, 1}}));
  CHECK(hash(Dense{.out = 4}) == hash(Dense{.out = 4, .bias = true}));
  CHECK(hash(MaxPool{}) == hash(MaxPool{.stride = Extent{2, 2}}));
  CHECK(hash(MaxPool{}) != hash(AvgPool{}));

  const auto gated = [](float init) {
    return canonical_hash(
        {.input = {4, 9, 9},
         .nodes = {{"g", GlobalAvgPool{}, {"input"}}, {"s", Scale{.init = init}, {"input", "g"}}}});
  };
  CHECK(gated(1) == gated(0.5F));
}

TEST_CASE("flatten before dense is nothing, elsewhere it is something", "[canonical]") {
  const Shape input{2, 3, 3};
  const Architecture flat{.input = input,
                          .nodes = {{"f", Flatten{}, {"input"}}, {"d", Dense{.out = 3}, {"f"}}}};
  const Architecture direct{.input = input, .nodes = {{"d", Dense{.out = 3}, {"input"}}}};
  CHECK(canonical_hash(flat) == canonical_hash(direct));
  CHECK(canonical(flat).nodes.size() == 1);
  const Architecture normed{
      .input = input,
      .nodes = {
          {"f", Flatten{}, {"input"}}, {"n", BatchNorm{}, {"f"}}, {"d", Dense{.out = 3}, {"n"}}}};
  CHECK(canonical(normed).nodes.size() == 3);
  const Architecture shared{
      .input = input,
      .nodes = {
          {"f", Flatten{}, {"input"}}, {"d", Dense{.out = 18}, {"f"}}, {"a", Add{}, {"d", "f"}}}};
  CHECK(canonical(shared).nodes.size() == 3);
}

TEST_CASE("a network of nothing but identities keeps one", "[canonical]") {
  const Architecture net{.input = {2, 3, 3},
                         .nodes = {{"a", Dropout{.rate = 0}, {"input"}},
                                   {"b", Activate{.act = Activation::identity}, {"a"}}}};
  const Architecture form = canonical(net);
  CHECK(form.nodes.size() == 1);
  CHECK_FALSE(find_fault(form));
  CHECK(canonical(form) == form);
}

TEST_CASE("twins stay two nodes", "[canonical]") {
  const Conv conv{.out = 4};
  const Architecture once{.input = {4, 5, 5},
                          .nodes = {{"a", conv, {"input"}}, {"s", Add{}, {"a", "a"}}}};
  const Architecture twice{
      .input = {4, 5, 5},
      .nodes = {{"a", conv, {"input"}}, {"b", conv, {"input"}}, {"s", Add{}, {"a", "b"}}}};
  CHECK(canonical(once).nodes.size() == 2);
  CHECK(canonical(twice).nodes.size() == 3);
  CHECK(canonical_hash(once) != canonical_hash(twice));
}

TEST_CASE("twin branches that cross are told from twin branches that do not", "[canonical]") {
  // Two rows of twins; what differs is only who is joined with whom later on.
  const Conv conv{.out = 4};
  const auto net = [&](std::vector<std::string> left, std::vector<std::string> right) {
    return Architecture{.input = {4, 5, 5},
                        .nodes = {{"a", conv, {"input"}},
                                  {"b", conv, {"input"}},
                                  {"c", conv, {"a"}},
                                  {"d", conv, {"b"}},
                                  {"l", Add{}, std::move(left)},
                                  {"r", Add{}, std::move(right)},
                                  {"e", Concat{}, {"l", "r"}}}};
  };
  const auto straight = canonical_hash(net({"a", "c"}, {"b", "d"}));
  CHECK(straight != canonical_hash(net({"a", "d"}, {"b", "c"})));
  CHECK(straight == canonical_hash(net({"d", "b"}, {"c", "a"})));  // the rows change names
}

TEST_CASE("the order of concat and scale counts, that of add does not", "[canonical]") {
  const auto net = [](Operation join, const char* first, const char* second) {
    return canonical_hash({.input = {4, 1, 1},
                           .nodes = {{"a", Activate{.act = Activation::relu}, {"input"}},
                                     {"b", Activate{.act = Activation::tanh}, {"input"}},
                                     {"c", std::move(join), {first, second}}}});
  };
  CHECK(net(Add{}, "a", "b") == net(Add{}, "b", "a"));
  CHECK(net(Concat{}, "a", "b") != net(Concat{}, "b", "a"));
  CHECK(net(Scale{}, "a", "b") != net(Scale{}, "b", "a"));
}

TEST_CASE("input shape and genes count", "[canonical]") {
  Architecture net = built_in("small-plain", {1, 28, 28}, 10);
  const auto hash = canonical_hash(net);
  CHECK(hash != canonical_hash(built_in("small-plain", {3, 28, 28}, 10)));
  CHECK(hash != canonical_hash(built_in("small-plain", {1, 28, 27}, 10)));
  net.genes.weight_decay = 2;
  CHECK(hash != canonical_hash(net));
}

TEST_CASE("hashes may never change, since runs hold them", "[canonical]") {
  CHECK(canonical_hash(built_in("lenet", {1, 28, 28}, 10)) == 0x2c5663b643b3ff38);
}

TEST_CASE("large networks with many twins are done soon", "[canonical]") {
  Architecture net{.input = {4, 5, 5}, .nodes = {}};
  std::vector<std::string> all;
  for (int i = 0; i < 300; ++i) {
    const std::string n = std::to_string(i);
    net.nodes.push_back({"a" + n, Conv{.out = 4}, {"input"}});
    net.nodes.push_back({"b" + n, Conv{.out = 4}, {"a" + n}});
    all.push_back("b" + n);
  }
  net.nodes.push_back({"s", Add{}, all});
  const auto start = std::chrono::steady_clock::now();
  Random random{1};
  CHECK(canonical_hash(net) == canonical_hash(shuffled(net, random)));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{5});
}

TEST_CASE("a faulty architecture has no canonical form", "[canonical]") {
  CHECK_THROWS_AS(canonical({.input = {1, 2, 2}, .nodes = {}}), std::invalid_argument);
}
