#include "nn/formats/dot.hpp"

#include <stdexcept>

#include "tests/catch.hpp"
#include "tests/support/random_architecture.hpp"

using namespace lamarck;
using namespace lamarck::nn;

TEST_CASE("a graph in DOT has a box a node and an arrow an input", "[dot]") {
  const Architecture net{.input = {1, 8, 8},
                         .nodes = {{"a", Conv{.out = 4, .norm = Norm::batch}, {"input"}},
                                   {"b", Add{.act = Activation::relu}, {"a", "input"}},
                                   {"c", Dense{.out = 2}, {"b"}}}};
  Architecture fits = net;
  fits.input.channels = 4;
  CHECK(to_dot(fits) == R"(digraph architecture {
  node [shape=box, style=rounded, fontname="sans-serif"];
  "input" [label="input\n{4, 8, 8}", shape=ellipse];
  "a" [label="a\nconv: {out: 4, kernel: 3}, norm: batch\n{4, 8, 8}\n9216 MACs\n152 parameters"];
  "input" -> "a";
  "b" [label="b\nadd, act: relu\n{4, 8, 8}"];
  "a" -> "b";
  "input" -> "b";
  "c" [label="c\ndense: {out: 2}\n{2, 1, 1}\n512 MACs\n514 parameters"];
  "b" -> "c";
}
)");
  CHECK_THROWS_AS(to_dot(net), std::invalid_argument);
}

TEST_CASE("labels of any network need no escapes", "[dot]") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random{seed};
    const Architecture net = test::random_architecture(random);
    const std::string text = to_dot(net);
    std::size_t inputs = 0;
    for (const Node& node : net.nodes) inputs += node.inputs.size();
    std::size_t arrows = 0;
    for (std::size_t at = text.find("->"); at != std::string::npos; at = text.find("->", at + 1))
      ++arrows;
    CHECK(arrows == inputs);
    for (std::size_t at = text.find('\\'); at != std::string::npos; at = text.find('\\', at + 1))
      CHECK(text.at(at + 1) == 'n');
  }
}
