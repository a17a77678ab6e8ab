// What candidates that train side by side rely on: one primitive serves many threads, problems are
// built once in the process, and the same inputs give the same bits.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <thread>

#include "kernels/batch_norm.hpp"
#include "kernels/convolution.hpp"
#include "kernels/dense.hpp"
#include "kernels/detail/winograd.hpp"
#include "kernels/threads.hpp"
#include "tests/catch.hpp"
#include "tests/support/conv_problems.hpp"
#include "tests/support/laid_out.hpp"

using namespace lamarck::kernels;
using namespace lamarck::test;
using lamarck::Random;

namespace {

/// The three passes of one convolution with operands and scratch of their own.
class Trainer {
 public:
  Trainer(const Convolution& conv, std::uint64_t seed)
      : random_{seed},
        src_(filled(conv.forward_layouts().src)),
        weights_(filled(conv.forward_layouts().weights)),
        bias_(filled(Layout::plain({conv.problem().out_channels}))),
        dst_(rubbish(conv.forward_layouts().dst)),
        diff_dst_(filled(conv.backward_data_layouts().diff_dst)),
        weights_back_(filled(conv.backward_data_layouts().weights)),
        diff_src_(rubbish(conv.backward_data_layouts().diff_src)),
        src_again_(filled(conv.backward_weights_layouts().src)),
        diff_dst_again_(filled(conv.backward_weights_layouts().diff_dst)),
        diff_weights_(rubbish(conv.backward_weights_layouts().diff_weights)),
        diff_bias_(rubbish(Layout::plain({conv.problem().out_channels}))),
        scratch_(conv.scratch_bytes()) {
    steps_ = {conv.forward(src_.memory(), weights_.memory(), bias_.memory(), dst_.memory(),
                           scratch_.data()),
              conv.backward_data(diff_dst_.memory(), weights_back_.memory(), diff_src_.memory(),
                                 scratch_.data()),
              conv.backward_weights(src_again_.memory(), diff_dst_again_.memory(),
                                    diff_weights_.memory(), diff_bias_.memory(), scratch_.data())};
  }

  void run() const {
    for (const Step& step : steps_) step.run();
  }

  /// Every byte that run() writes.
  [[nodiscard]] std::string bytes() const {
    std::string all;
    for (const LaidOut* out : {&dst_, &diff_src_, &diff_weights_})
      all.append(reinterpret_cast<const char*>(out->buffer.data()), out->buffer.bytes());
    return all;
  }

 private:
  LaidOut filled(const Layout& layout) { return lay(random_values(layout, random_), layout); }

  Random random_;
  LaidOut src_, weights_, bias_, dst_, diff_dst_, weights_back_, diff_src_, src_again_,
      diff_dst_again_, diff_weights_, diff_bias_;
  Buffer scratch_;
  std::vector<Step> steps_;
};

/// Runs this program again on one test, and returns what it prints.
std::string run_child(const std::string& environment, const std::string& test) {
  char program[4096] = {};
  REQUIRE(readlink("/proc/self/exe", program, sizeof program - 1) > 0);
  const std::string command = environment + " '" + program + "' '" + test + "' 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::string output;
  char chunk[4096];
  while (std::size_t got = std::fread(chunk, 1, sizeof chunk, pipe)) output.append(chunk, got);
  CHECK(pclose(pipe) == 0);
  return output;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// What building a test's kernels, in a process of its own, asked of oneDNN's cache; nothing, and a
/// warning, where this oneDNN does not tell.
struct CacheUse {
  std::size_t misses, hits;
};
std::optional<CacheUse> cache_use(const std::string& test) {
  const std::string log = run_child("DNNL_VERBOSE=2 ONEDNN_VERBOSE=2", test);
  const CacheUse use{count(log, "create:cache_miss"), count(log, "create:cache_hit")};
  if (use.misses + use.hits > 0) return use;
  WARN("skipped: this oneDNN tells nothing about its cache");
  return std::nullopt;
}

}  // namespace

TEST_CASE("one convolution runs in several threads at once with the bits of a serial run",
          "[sharing]") {
  std::vector<ConvProblem> chosen;
  for (const std::size_t index : {1U, 3U, 5U, 13U, 25U, 29U, 30U})
    chosen.push_back(conv_problems()[index]);
  for (const ConvProblem& p : conv_problems())
    if (detail::winograd_pays(p)) chosen.push_back(p);
  for (const ConvProblem& p : chosen) {
    with_threads(1, [&] {
      const Convolution conv(p, {});
      std::vector<Trainer> serial, parallel;
      for (std::uint64_t seed = 0; seed < 4; ++seed) {
        serial.emplace_back(conv, seed);
        parallel.emplace_back(conv, seed);
        serial.back().run();
      }
      std::vector<int> differences(4, 0);
      std::vector<std::thread> threads;
      for (std::size_t t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
          with_threads(1, [&] {
            for (int i = 0; i < 25; ++i) {
              parallel[t].run();
              if (parallel[t].bytes() != serial[t].bytes()) ++differences[t];
            }
          });
        });
      for (std::thread& thread : threads) thread.join();
      INFO(p.text());
      CHECK(differences == std::vector<int>(4, 0));
    });
  }
}

TEST_CASE("the same inputs give the same bits for each number of threads", "[sharing]") {
  for (const int budget : {1, 2, 3})
    for (const ConvProblem& p : conv_problems())
      with_threads(budget, [&] {
        const Trainer a(Convolution(p, {}), 1), b(Convolution(p, {}), 1);
        a.run();
        b.run();
        INFO(p.text() << " with " << budget << " threads");
        CHECK(a.bytes() == b.bytes());
        const std::string first = a.bytes();
        a.run();
        CHECK(a.bytes() == first);
      });
}

TEST_CASE("threads with budgets of their own build and run convolutions at once", "[sharing]") {
  const std::vector<ConvProblem> problems = conv_problems();
  std::vector<std::string> expected;
  for (int t = 0; t < 4; ++t)
    with_threads(1 + t % 2, [&] {
      for (const ConvProblem& p : problems) {
        const Trainer trainer(Convolution(p, {}), 7);
        trainer.run();
        expected.push_back(trainer.bytes());
      }
    });
  std::vector<int> differences(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      with_threads(1 + static_cast<int>(t) % 2, [&] {
        for (std::size_t i = 0; i < problems.size(); ++i) {
          const Trainer trainer(Convolution(problems[i], {}), 7);
          trainer.run();
          if (trainer.bytes() != expected[t * problems.size() + i]) ++differences[t];
        }
      });
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(differences == std::vector<int>(4, 0));
}

TEST_CASE("a step outlives the kernel it was made from", "[sharing]") {
  const Layout layout = Layout::plain({4, 3});
  const LaidOut src = lay(Values(12, -1.0), layout), dst = rubbish(layout);
  const Step step =
      ActivationKernel(Activation::relu, layout, false).forward(src.memory(), dst.memory());
  step.run();
  CHECK(read(dst) == Values(12, 0.0));
}

// Run by the next test in a process of its own.
TEST_CASE("builds each kernel twice", "[.][sharing-child]") {
  for (int round = 0; round < 2; ++round)
    std::thread([] {
      with_threads(1, [] {
        ConvProblem p = conv_problems()[3];
        p.in_height = 13;
        (void)Convolution(p, {});
        (void)Dense({.batch = 5, .in_channels = 7, .out_channels = 3}, {});
        (void)BatchNorm(Layout::plain({3, 5, 7, 7}), {});
        (void)ActivationKernel(Activation::tanh, Layout::plain({3, 11}), true);
      });
    }).join();
}

TEST_CASE("a problem is built once in the process", "[sharing]") {
  const auto use = cache_use("builds each kernel twice");
  if (!use) return;
  CHECK(use->misses == 10);  // three passes of two layers, two of two more
  CHECK(use->hits == 10);
}

// Run by the next test in a process of its own: more than the cache holds, and the first again.
TEST_CASE("builds many kernels", "[.][sharing-child]") {
  constexpr int kProblems = 2100;
  with_threads(1, [] {
    for (int i = 0; i <= kProblems; ++i)
      (void)ActivationKernel(Activation::relu, Layout::plain({i % kProblems + 1, 3}), false);
  });
}

TEST_CASE("the cache of built problems is bounded", "[sharing]") {
  const auto use = cache_use("builds many kernels");
  if (!use) return;
  CHECK(use->misses == 2101);
  CHECK(use->hits == 0);
}

TEST_CASE("what is asked for in two spellings of one order is one kernel", "[sharing]") {
  // Of images of one pixel, rows and channels innermost are the same order. Problems of these sizes
  // are met nowhere else, so that the threads race for each.
  constexpr int kThreads = 4, kProblems = 400;
  const auto problem = [](int i) {
    DenseProblem p;
    p.batch = 61 + i % 80, p.in_channels = 8 + i / 80, p.out_channels = 9;
    return p;
  };
  const auto spelled = [](const DenseProblem& p, bool last) {
    const Dims dims{p.batch, p.in_channels, 1, 1};
    return last ? Layout::channels_last(dims) : Layout::plain(dims);
  };
  std::vector<std::thread> threads;
  std::atomic<int> different = 0;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      with_threads(1, [&] {
        for (int i = 0; i < kProblems; ++i) {
          const DenseProblem p = problem(i);
          const auto made = [&](bool last) {
            return Dense(p, {.pass = Pass::inference, .src = spelled(p, last)});
          };
          const Dense one = made(t % 2 == 0), other = made(t % 2 != 0);
          const LaidOut src =
              lay(Values(one.forward_layouts().src.elements(), 1.0), one.forward_layouts().src);
          const LaidOut bias = lay(Values(static_cast<std::size_t>(p.out_channels), 0.5),
                                   one.forward_layouts().bias);
          const LaidOut weights = lay(Values(one.forward_layouts().weights.elements(), 1.0),
                                      one.forward_layouts().weights);
          const LaidOut dst = rubbish(one.forward_layouts().dst);
          const Buffer scratch(one.scratch_bytes());
          one.forward(src.memory(), weights.memory(), bias.memory(), dst.memory(), scratch.data())
              .run();
          if (one.scratch_bytes() != other.scratch_bytes() ||
              one.forward_layouts().weights != other.forward_layouts().weights ||
              read(dst) != Values(dst.layout.elements(), p.in_channels + 0.5))
            ++different;
        }
      });
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(different == 0);
}
