// Achieved GFLOP/s of every convolution of a list, in each direction, beside the machine's measured
// peak: where a network's time must go at least.
//
//   bench_kernels [FILE.txt ...] [--threads 1] [--seconds 0.3]
//
// A problem a line, as ConvProblem::text() writes it: `n64 ic16 ih32 iw32 oc16 kh3 kw3 pt1 pl1 pb1
// pr1 g16 bias`; `#` begins a comment. bench/problems/ has lists of the reference networks. Prints
// CSV; a multiply-add counts as two FLOPs, those of the direct method, so that Winograd's may be
// above the peak. Where it is chosen the direct one is measured beside it. Each figure is the
// median of five rounds in which all problems take turns.
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <immintrin.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "kernels/buffer.hpp"
#include "kernels/convolution.hpp"
#include "kernels/cpu.hpp"
#include "kernels/error.hpp"
#include "kernels/random.hpp"
#include "kernels/threads.hpp"

using namespace lamarck;
using kernels::Buffer;
using kernels::ConvProblem;
using kernels::Memory;

namespace {

constexpr int kRounds = 5;

double seconds_of(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median_of(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// --- The machine's peak: independent fused multiply-adds on registers, as wide as the CPU has
// them.

constexpr int kChains = 12;  // latency times throughput, and they fit the registers
constexpr std::int64_t kLoops = 2'000'000;

// sum = sum * factor + sum, in registers that the compiler cannot see through.
#define LAMARCK_PEAK(name, isa, Register, multiply_add)            \
  __attribute__((target(isa))) void name() {                       \
    Register sums[kChains] = {};                                   \
    for (std::int64_t i = 0; i < kLoops; ++i)                      \
      _Pragma("GCC unroll 12") for (int c = 0; c < kChains; ++c) { \
        sums[c] = multiply_add(sums[c], sums[c], sums[c]);         \
        asm volatile("" : "+x"(sums[c]));                          \
      }                                                            \
  }
LAMARCK_PEAK(peak_512, "avx512f", __m512, _mm512_fmadd_ps)
LAMARCK_PEAK(peak_256, "avx2,fma", __m256, _mm256_fmadd_ps)

// 0 where the CPU has no fused multiply-add.
double peak_gflops() {
  const bool wide = __builtin_cpu_supports("avx512f");
  if (!wide && !__builtin_cpu_supports("fma")) return 0;
  const int lanes = wide ? 16 : 8;
  const double seconds = seconds_of(wide ? peak_512 : peak_256);
  return 2.0 * lanes * kChains * static_cast<double>(kLoops) / seconds / 1e9;
}

// --- Problems.

ConvProblem parse(const std::string& line, const std::string& place) {
  ConvProblem p;
  const std::map<std::string, int*> sizes{
      {"n", &p.batch},         {"ic", &p.in_channels},     {"ih", &p.in_height},
      {"iw", &p.in_width},     {"oc", &p.out_channels},    {"kh", &p.kernel_height},
      {"kw", &p.kernel_width}, {"sh", &p.stride_height},   {"sw", &p.stride_width},
      {"pt", &p.pad_top},      {"pl", &p.pad_left},        {"pb", &p.pad_bottom},
      {"pr", &p.pad_right},    {"dh", &p.dilation_height}, {"dw", &p.dilation_width},
      {"g", &p.groups}};
  std::istringstream words{line};
  for (std::string word; words >> word;) {
    if (word == "bias") {
      p.bias = true;
      continue;
    }
    const auto digits = std::min(word.find_first_of("0123456789"), word.size());
    const auto size = sizes.find(word.substr(0, digits));
    if (size == sizes.end() || digits == word.size())
      throw ConfigError(fmt::format("{}: '{}' is no size such as ic16", place, word));
    *size->second = std::stoi(word.substr(digits));
  }
  kernels::check(p);
  return p;
}

std::vector<ConvProblem> read(const std::string& file) {
  std::ifstream in{file};
  if (!in) throw IoError(file + ": cannot be read");
  std::vector<ConvProblem> problems;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    line = line.substr(0, line.find('#'));
    if (line.find_first_not_of(" \t\r") != std::string::npos)
      problems.push_back(parse(line, fmt::format("{}:{}", file, number)));
  }
  return problems;
}

// --- Measuring.

// One way to compute a problem, with operands of its own, ready to run in each direction.
class Way {
 public:
  Way(const ConvProblem& problem, const kernels::Convolution::Options& options, double seconds)
      : conv_{problem, options}, scratch_{conv_.scratch_bytes()} {
    const auto& f = conv_.forward_layouts();
    const auto& d = conv_.backward_data_layouts();
    const auto& w = conv_.backward_weights_layouts();
    add(conv_.forward(filled(f.src), filled(f.weights), filled(f.bias), filled(f.dst),
                      scratch_.data()));
    add(conv_.backward_data(filled(d.diff_dst), filled(d.weights), filled(d.diff_src),
                            scratch_.data()));
    add(conv_.backward_weights(filled(w.src), filled(w.diff_dst), filled(w.diff_weights),
                               filled(w.diff_bias), scratch_.data()));
    for (Direction& direction : directions_) {
      direction.step.run();
      const double once = seconds_of(direction.step.run);
      direction.runs = std::max(1, static_cast<int>(seconds / kRounds / once));
    }
  }

  void round() {
    for (Direction& direction : directions_)
      direction.seconds.push_back(seconds_of([&] {
                                    for (int i = 0; i < direction.runs; ++i) direction.step.run();
                                  }) /
                                  direction.runs);
  }

  [[nodiscard]] std::size_t directions() const { return directions_.size(); }
  [[nodiscard]] double median(std::size_t direction) const {
    return median_of(directions_[direction].seconds);
  }
  /// Channels side by side in what it writes.
  [[nodiscard]] int block() const {
    const kernels::Layout& dst = conv_.forward_layouts().dst;
    for (const int width : {8, 16})
      if (dst == kernels::Layout::blocked(dst.dims(), width)) return width;
    return 0;
  }
  [[nodiscard]] bool is_winograd() const {
    return directions_.front().step.name.find("winograd") != std::string::npos;
  }

 private:
  struct Direction {
    kernels::Step step;
    int runs = 1;
    std::vector<double> seconds = {};
  };

  void add(kernels::Step step) { directions_.push_back({std::move(step)}); }
  Memory filled(const kernels::Layout& layout) {
    buffers_.emplace_back(layout.bytes());
    Random random{1, "bench", buffers_.size()};
    for (float& x : buffers_.back().floats()) x = static_cast<float>(random.normal());
    return {layout, buffers_.back().data()};
  }

  kernels::Convolution conv_;
  Buffer scratch_;
  std::vector<Buffer> buffers_;
  std::vector<Direction> directions_;
};

// A problem as it is computed in networks and, where that is by Winograd's method, directly too: in
// the same layouts, which are those of its neighbours, and in what oneDNN likes best, which would
// have to be reordered.
class Bench {
 public:
  Bench(const ConvProblem& problem, double seconds)
      : problem_{problem}, chosen_{problem, {}, seconds} {
    if (!chosen_.is_winograd()) return;
    direct_.emplace(problem_, direct_options(chosen_.block()), seconds);
    liked_.emplace(problem_, direct_options(0), seconds);
  }

  void round() {
    chosen_.round();
    if (direct_) direct_->round();
    if (liked_) liked_->round();
  }

  void print(double peak) const {
    static constexpr const char* kNames[]{"forward", "backward_data", "backward_weights"};
    for (std::size_t i = 0; i < chosen_.directions(); ++i) {
      const double median = chosen_.median(i);
      const double rate = 2 * problem_.macs() / median / 1e9;
      fmt::print("{},{},{:.1f},{:.1f},{:.0f} %", problem_.text(), kNames[i], 1e6 * median, rate,
                 100 * rate / peak);
      for (const auto* way : {&direct_, &liked_})
        if (*way) fmt::print(",{:.1f},{:.2f}", 1e6 * (*way)->median(i), (*way)->median(i) / median);
      fmt::print("\n");
    }
  }

 private:
  static kernels::Convolution::Options direct_options(int block) {
    kernels::Convolution::Options options;
    options.winograd = false;
    options.block = block;
    return options;
  }

  ConvProblem problem_;
  Way chosen_;
  std::optional<Way> direct_, liked_;
};

void run(const std::vector<std::string>& files, int threads, double seconds) {
  kernels::with_threads(threads, [&] {
    std::vector<std::unique_ptr<Bench>> benches;
    for (const std::string& file : files)
      for (const ConvProblem& problem : read(file))
        benches.push_back(std::make_unique<Bench>(problem, seconds));
    const kernels::Cpu cpu = kernels::this_cpu();
    std::vector<double> peaks;  // taken in turns too: the clock changes with the load
    for (int i = 0; i < kRounds; ++i) {
      peaks.push_back(peak_gflops());
      for (auto& bench : benches) bench->round();
    }
    const double peak = median_of(peaks);
    fmt::print("# {}, {}, {}; peak of one core {:.0f} GFLOP/s, {} thread{}\n", cpu.model, cpu.isa,
               kernels::kernel_library(), peak, threads, threads == 1 ? "" : "s");
    fmt::print(
        "problem,direction,microseconds,gflops,of peak,direct microseconds,times as fast,in "
        "oneDNN's layouts,times as fast\n");
    for (auto& bench : benches) bench->print(peak * threads);
  });
}

}  // namespace

int main(int argc, char** argv) {
  namespace po = boost::program_options;
  std::vector<std::string> files;
  int threads = 1;
  double seconds = 0.3;
  po::options_description options{"bench_kernels FILE.txt ..."};
  options.add_options()("help", "print this")("threads", po::value(&threads), "of the kernels")(
      "seconds", po::value(&seconds), "measured for each problem and direction")(
      "file", po::value(&files)->required(), "a list of problems");
  po::positional_options_description places;
  places.add("file", -1);
  try {
    po::variables_map given;
    po::store(po::command_line_parser(argc, argv).options(options).positional(places).run(), given);
    if (given.count("help") > 0) {
      fmt::print("{}", fmt::streamed(options));
      return 0;
    }
    po::notify(given);
    run(files, threads, seconds);
  } catch (const po::error& error) {
    fmt::print(stderr, "bench_kernels: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_kernels: {}\n", error.what());
    return 1;
  }
  return 0;
}
