// Buffers, lifetimes and taking over memory, on steps that do nothing but note their operands.
#include "nn/network/detail/program.hpp"

#include "tests/catch.hpp"

using namespace lamarck::nn::detail;
using lamarck::kernels::Step;

namespace {

const Layout kLayout = Layout::plain({16});

Instruction noted(std::vector<Value> reads, std::vector<Value> writes,
                  std::vector<std::size_t> overwrites = {}) {
  return {.reads = std::move(reads),
          .writes = std::move(writes),
          .overwrites = std::move(overwrites),
          .bind = [](const Operands&) {
            return Step{"noted", [] {}};
          }};
}

}  // namespace

TEST_CASE("memory is taken over only from what nobody needs afterwards", "[network][program]") {
  Program program;
  const Value a = program.buffer(kLayout);
  const Value b = program.buffer(kLayout);
  const Value c = program.buffer(kLayout);
  const Value d = program.buffer(kLayout);
  program.add(Direction::forward, "a", noted({}, {a}));
  program.add(Direction::forward, "b", noted({a}, {b}, {0}));     // a is read again: not over it
  program.add(Direction::forward, "c", noted({b, a}, {c}, {0}));  // over b
  program.add(Direction::forward, "d", noted({c, a}, {d}, {0}));  // over c, that is over b
  CHECK(program.place().arena == 128);
  const Bases bases{};
  CHECK(program.address(b, bases) != program.address(a, bases));
  CHECK(program.address(c, bases) == program.address(b, bases));
  CHECK(program.address(d, bases) == program.address(b, bases));
}

TEST_CASE("memory read twice by one step is not taken over by it", "[network][program]") {
  Program program;
  const Value a = program.buffer(kLayout);
  const Value b = program.buffer(kLayout);
  program.add(Direction::forward, "a", noted({}, {a}));
  program.add(Direction::forward, "b", noted({a, a}, {b}, {0, 1}));
  CHECK(program.place().arena == 128);
}

TEST_CASE("pinned memory is never taken over nor shared", "[network][program]") {
  Program program;
  const Value in = program.buffer(kLayout);
  const Value middle = program.buffer(kLayout);
  const Value out = program.buffer(kLayout);
  program.pin(in);
  program.pin(out);
  program.add(Direction::forward, "middle", noted({in}, {middle}, {0}));
  program.add(Direction::forward, "out", noted({middle}, {out}, {0}));
  CHECK(program.place().arena == 192);
}

TEST_CASE("parameters are never taken over", "[network][program]") {
  Program program;
  const Value weights = program.external(Region::parameters, 64, kLayout);
  const Value out = program.buffer(kLayout);
  program.add(Direction::forward, "out", noted({weights}, {out}, {0}));
  CHECK(program.place().arena == 64);
  std::byte base[256];
  CHECK(program.address(weights, {nullptr, base, nullptr, nullptr}) == base + 64);
}

TEST_CASE("what forward leaves for backward stays until it is read", "[network][program]") {
  Program program;
  const Value saved = program.buffer(kLayout);
  const Value last = program.buffer(kLayout);
  const Value diff = program.buffer(kLayout);
  program.add(Direction::forward, "saved", noted({}, {saved}));
  program.add(Direction::forward, "last", noted({saved}, {last}));
  program.add(Direction::backward, "last", noted({last}, {diff}));
  program.add(Direction::backward, "saved", noted({saved, diff}, {}));
  CHECK(program.place().arena == 192);

  const Program::Steps steps = program.bind({});
  CHECK(steps.forward.size() == 2);
  CHECK(steps.backward.size() == 2);
  CHECK(steps.rows[2].node == "last");
  CHECK(steps.rows[2].bytes == 64);
  CHECK(steps.rows[2].direction == Direction::backward);
}

TEST_CASE("scratch memory lives for its own step alone", "[network][program]") {
  Program program;
  for (int i = 0; i < 5; ++i) {
    Instruction step = noted({}, {});
    step.scratch_bytes = 100;
    program.add(Direction::forward, "step", std::move(step));
  }
  CHECK(program.place().arena == 128);
}
