// Training throughput of the four reference networks: images per second of one step (forward,
// cross-entropy, backward, SGD with momentum 0.9) on a resident batch of random numbers.
//
//   bench_train_throughput [--batch 64] [--threads 1] [--seconds 3] [--net NAME] [--inference]
//                          [--bf16]
//
// With --inference a step is a forward pass alone, with normalisations folded.
//
// Prints a line on the machine, then CSV: net,precision,batch,threads,images_per_second,spread, and
// a line on the peak memory of the process. The rate is the median of five rounds, each a fifth of
// --seconds long; spread is (largest - smallest) / median of the rounds. The networks take turns in
// each round, so that a machine that slows down slows all of them.
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "kernels/cpu.hpp"
#include "kernels/error.hpp"
#include "kernels/random.hpp"
#include "kernels/softmax.hpp"
#include "kernels/threads.hpp"
#include "nn/blocks.hpp"
#include "nn/network/network.hpp"
#include "nn/training/optimizer.hpp"

using namespace lamarck;

namespace {

constexpr int kClasses = 10;
constexpr int kRounds = 5;

struct Settings {
  int batch = 64;
  int threads = 1;
  double seconds = 3;
  bool inference = false;
  kernels::DataType precision = kernels::DataType::f32;
};

double seconds_of(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Of this process so far.
long peak_mebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

// One network with its batch and optimiser.
class Bench {
 public:
  Bench(const std::string& name, const Settings& settings)
      : name_{name},
        settings_{settings},
        network_{nn::make_model(nn::built_in(name, shape(name), kClasses), {}, 1),
                 {.batch = settings.batch,
                  .pass = settings.inference ? kernels::Pass::inference : kernels::Pass::training,
                  .precision = settings.precision}},
        optimizer_{{.rate = kRate}, network_.blocks(), network_.parameters().size()} {
    Random random{1, "batch"};
    for (float& x : network_.input()) x = static_cast<float>(random.normal());
    for (int i = 0; i < settings.batch; ++i)
      labels_.push_back(static_cast<int>(random.below(kClasses)));
    for (int i = 0; i < 3; ++i) step();
    const double once = seconds_of([&] { step(); });
    steps_ = std::max(1, static_cast<int>(settings.seconds / kRounds / once));
  }

  void round() {
    const double seconds = seconds_of([&] {
      for (int i = 0; i < steps_; ++i) step();
    });
    rates_.push_back(steps_ * settings_.batch / seconds);
  }

  void print() {
    std::ranges::sort(rates_);
    const double median = rates_[kRounds / 2];
    fmt::print("{},{},{},{},{:.0f},{:.3f}\n", name_, kernels::name(settings_.precision),
               settings_.batch, settings_.threads, median,
               (rates_.back() - rates_.front()) / median);
  }

 private:
  static constexpr double kRate = 0.01;

  static nn::Shape shape(const std::string& name) {
    return name == "lenet" ? nn::Shape{1, 28, 28} : nn::Shape{3, 32, 32};
  }

  void step() {
    network_.forward(number_++);
    if (settings_.inference) return;
    kernels::softmax_cross_entropy(network_.output(), labels_, kClasses, 0.0,
                                   network_.output_gradient());
    network_.backward();
    optimizer_.step(kRate, network_.parameters(), network_.gradients(), network_.half_parameters());
  }

  std::string name_;
  Settings settings_;
  nn::Network network_;
  nn::Optimizer optimizer_;
  std::vector<int> labels_;
  std::vector<double> rates_;
  std::uint64_t number_ = 0;
  int steps_ = 1;
};

void run(const std::vector<std::string>& nets, const Settings& settings) {
  if (settings.batch < 1 || settings.threads < 1 || !(settings.seconds > 0))
    throw ConfigError(fmt::format("batch, threads and seconds must be above 0, got {}, {} and {}",
                                  settings.batch, settings.threads, settings.seconds));
  kernels::with_threads(settings.threads, [&] {
    std::vector<Bench> benches;
    for (const std::string& net : nets) benches.emplace_back(net, settings);
    for (int i = 0; i < kRounds; ++i)
      for (Bench& bench : benches) bench.round();
    const kernels::Cpu cpu = kernels::this_cpu();
    fmt::print("# {}, {} cores, {}, {}\n", cpu.model, cpu.cores, cpu.isa,
               kernels::kernel_library());
    fmt::print("net,precision,batch,threads,images_per_second,spread\n");
    for (Bench& bench : benches) bench.print();
    fmt::print("# peak {} MiB\n", peak_mebibytes());
  });
}

}  // namespace

int main(int argc, char** argv) {
  namespace po = boost::program_options;
  Settings settings;
  std::vector<std::string> nets;
  bool bf16 = false;
  po::options_description options{"bench_train_throughput"};
  options.add_options()("help", "print this")(
      "batch", po::value(&settings.batch)->default_value(64), "images a step")(
      "threads", po::value(&settings.threads)->default_value(1), "of the kernels")(
      "bf16", po::bool_switch(&bf16), "in bf16 (emulated where the CPU cannot)")(
      "inference", po::bool_switch(&settings.inference), "forward alone")(
      "seconds", po::value(&settings.seconds)->default_value(3), "measured for each network")(
      "net", po::value(&nets)->default_value({"lenet", "vgg", "resnet20", "mobile"}, "all four"),
      "a built-in network; may be given several times");
  try {
    po::variables_map given;
    po::store(po::parse_command_line(argc, argv, options), given);
    po::notify(given);
    if (given.count("help") > 0) {
      fmt::print("{}", fmt::streamed(options));
      return 0;
    }
    if (bf16) settings.precision = kernels::DataType::bf16;
    run(nets, settings);
  } catch (const po::error& error) {
    fmt::print(stderr, "bench_train_throughput: {}\n", error.what());
    return 2;
  } catch (const ConfigError& error) {
    fmt::print(stderr, "bench_train_throughput: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_train_throughput: {}\n", error.what());
    return 1;
  }
  return 0;
}
