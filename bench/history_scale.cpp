// What searching costs beside evaluations when the history is long: proposing, the driver around
// it, resuming, memory.
//
//   bench_history_scale [--space slots|cnn] [--rows 10000 1000000] [--method NAME ...]
//                       [--objectives 1 2]
//                       [--proposals 500] [--write FOLDER | --resume FOLDER]
//
// The space: 16 slots of 8 options, 2.8e14 candidates, or networks, from two starts by the default
// edits; an evaluation is a formula. Histories are
// made up, not searched: mutants of random members, or for `exhaustive` the first candidates in
// order. Then each method goes on in the real driver, as in a resumed run. Prints CSV: milliseconds
// of Searcher::propose (mean, median, 99th percentile; processor time), the same of all between two
// results that is not the evaluation (wall clock), processor seconds until a new searcher and the
// front have read the whole history, and the peak memory of the process so far.
//
// --write makes a run folder with a history of the first of --rows (two transactions a candidate,
// so best on a tmpfs); --resume times opening it, reading it and going on, in a process whose peak
// memory is that of a resumed run.
#include <fmt/format.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "bench/scale_problems.hpp"
#include "kernels/cpu.hpp"
#include "search/driver.hpp"
#include "search/growing_front.hpp"
#include "search/known_problem.hpp"
#include "search/methods.hpp"
#include "search/store.hpp"

using namespace lamarck;
using namespace lamarck::search;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kRestartEvery = 2000, kLookahead = 8;

// Of this thread, whatever else the machine does.
double processor_milliseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

double milliseconds_since(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

rusage usage() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage;
}

double peak_mebibytes() { return static_cast<double>(usage().ru_maxrss) / 1024; }

double processor_seconds() {
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return of(usage().ru_utime) + of(usage().ru_stime);
}

// `grow` adds candidates up to `rows`, each with its result, and tells of them.
void grow(Job& job, History& history, std::size_t rows, bool in_order, Journal* journal = nullptr) {
  while (history.size() < rows) {
    const std::size_t id = history.size();
    Random random{1, "history", id};
    Variation variation{.genome = job.space->starts().front()};
    std::string origin = "mutate";
    if (in_order) {
      variation.genome = *job.space->nth(id);
      origin = "exhaustive";
    } else if (id == 0) {
      origin = "start";
    } else if (id % kRestartEvery == 0) {
      variation = job.space->random(random);
      origin = "restart";
    } else {
      const std::size_t parent = random.below(id);
      if (auto child = job.space->mutate(history.proposal(parent).genome, random)) {
        variation = std::move(*child);
        variation.parents = {parent};
      }
    }
    std::string key = job.space->key(variation.genome);
    while (history.find(key)) {
      variation = job.space->random(random);
      key = job.space->key(variation.genome);
    }
    const Proposal proposal{.id = id,
                            .genome = variation.genome,
                            .key = std::move(key),
                            .parents = variation.parents,
                            .edits = variation.edits,
                            .origin = std::move(origin),
                            .seed = random.seed()};
    Result result = *job.evaluator.evaluate({.proposal = &proposal, .weights = {}});
    for (const auto& [name, value] : job.space->costs(proposal.genome))
      result.metrics.try_emplace(name, value);
    if (journal) {
      journal->append(proposal);
      journal->append(id, result);
    }
    history.add(proposal);
    history.add(id, std::move(result));
  }
}

History first_of(const History& history, std::size_t rows) {
  History copy;
  for (std::size_t id = 0; id < std::min(rows, history.size()); ++id) {
    copy.add(history.proposal(id));
    copy.add(id, *history.result(id));
  }
  return copy;
}

// A searcher whose proposals are timed.
class Timed final : public Searcher {
 public:
  explicit Timed(std::unique_ptr<Searcher> inner) : inner_{std::move(inner)} {}
  Suggested propose(const View& view, Random& random) override {
    const double began = processor_milliseconds();
    Suggested suggested = inner_->propose(view, random);
    times.push_back(processor_milliseconds() - began);
    return suggested;
  }
  std::vector<std::size_t> possible_parents(const View& view) override {
    return inner_->possible_parents(view);
  }
  std::vector<double> times;

 private:
  std::unique_ptr<Searcher> inner_;
};

class TimedEvaluator final : public Evaluator {
 public:
  explicit TimedEvaluator(Evaluator& inner) : inner_{inner} {}
  std::optional<Result> evaluate(const Candidate& candidate) override {
    const auto began = Clock::now();
    auto result = inner_.evaluate(candidate);
    milliseconds = milliseconds_since(began);
    return result;
  }
  double milliseconds = 0;  // of the last

 private:
  Evaluator& inner_;
};

class NoJournal final : public Journal {
 public:
  void append(const Proposal&) override {}
  void append(std::size_t, const Result&) override {}
  std::filesystem::path weights_path(std::size_t) const override { return {}; }
  void keep_weights(const std::vector<std::size_t>&) override {}
};

std::string percentiles(std::vector<double> times) {
  if (times.empty()) return "-,-,-";
  double mean = 0;
  for (const double time : times) mean += time / static_cast<double>(times.size());
  std::ranges::sort(times);
  return fmt::format("{:.3f},{:.3f},{:.3f}", mean, times[times.size() / 2],
                     times[times.size() * 99 / 100]);
}

struct Settings {
  std::vector<std::size_t> rows, objectives;
  std::vector<std::string> methods;
  std::size_t proposals = 500;
  std::string write, resume, space;
};

// Goes on from the history, as a resumed run does.
void go_on(Job& job, History& history, const std::string& method, std::size_t objectives,
           const Settings& settings) {
  const std::size_t before = history.size();
  const Objectives aims = objectives == 1 ? single_objective() : two_objectives();
  MethodOptions options = default_options(method);
  options.inherits = job.inherits;
  Timed searcher{make_searcher(*job.space, aims, options)};
  const View all{history, before, before - std::min(before, kLookahead)};
  const double began = processor_milliseconds();
  Random random{1};
  static_cast<void>(searcher.propose(all, random));
  static_cast<void>(searcher.possible_parents(all));
  GrowingFront{aims}.update(all);
  const double first = processor_milliseconds() - began;
  searcher.times.clear();
  TimedEvaluator evaluator{job.evaluator};
  NoJournal journal;
  std::vector<double> steps;
  auto last = Clock::now();
  drive(*job.space, searcher, evaluator, aims, journal, history,
        {.seed = before,
         .evaluations = history.evaluations() + settings.proposals,
         .lookahead = kLookahead},
        {.on_result = [&](std::size_t, const Result&, const History&) {
          steps.push_back(milliseconds_since(last) - evaluator.milliseconds);
          last = Clock::now();
        }});
  // Before that the driver reads the history.
  steps.erase(steps.begin(), steps.begin() + std::min<std::ptrdiff_t>(2, std::ssize(steps)));
  fmt::print("{},{},{},{},{},{:.3f},{:.0f}\n", method, objectives, before,
             percentiles(searcher.times), percentiles(std::move(steps)), first / 1000,
             peak_mebibytes());
  std::fflush(stdout);
}

void print_head() {
  const kernels::Cpu cpu = kernels::this_cpu();
  fmt::print(
      "# {}, {} cores\nmethod,objectives,evaluations,propose_ms,propose_ms_median,propose_ms_p99,"
      "step_ms,step_ms_median,step_ms_p99,first_s,peak_mib\n",
      cpu.model, cpu.cores);
}

void write(const Settings& settings) {
  Job job = make_job(settings.space);
  Store store = Store::create(settings.write, {{"name", "scale"}});
  History history;
  grow(job, history, settings.rows.front(), false, &store);
}

void resume(const Settings& settings) {
  Job job = make_job(settings.space);
  const auto timed = [](const char* what, const auto& call) {
    const auto began = Clock::now();
    const double before = processor_seconds();
    auto result = call();
    fmt::print("# {} in {:.2f} s, {:.2f} s of them computing\n", what,
               milliseconds_since(began) / 1000, processor_seconds() - before);
    return result;
  };
  const Store store = timed("opened", [&] { return Store::open(settings.resume); });
  History history = timed("read", [&] { return store.history(); });
  fmt::print("# {} candidates, peak {:.0f} MiB\n", history.size(), peak_mebibytes());
  print_head();
  for (const std::string& method : settings.methods)
    for (const std::size_t objectives : settings.objectives)
      go_on(job, history, method, objectives, settings);
}

void run(const Settings& settings) {
  print_head();
  Job job = make_job(settings.space);
  for (const bool in_order : {false, true}) {
    History whole;
    for (const std::size_t rows : settings.rows)
      for (const std::string& method : settings.methods) {
        if ((method == "exhaustive") != in_order || (in_order && !job.space->nth(0))) continue;
        grow(job, whole, rows, in_order);
        for (const std::size_t objectives : settings.objectives) {
          // The longest history serves all, and grows a little; of others, a beginning is copied.
          if (rows == settings.rows.back()) {
            go_on(job, whole, method, objectives, settings);
          } else {
            History history = first_of(whole, rows);
            go_on(job, history, method, objectives, settings);
          }
        }
      }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  namespace po = boost::program_options;
  Settings settings;
  po::options_description options{"options"};
  options.add_options()("help", "this text")(
      "space", po::value(&settings.space)->default_value("slots"), "slots or cnn")(
      "rows",
      po::value(&settings.rows)->multitoken()->default_value({10'000, 1'000'000}, "10000 1000000"),
      "evaluations of the histories, ascending")(
      "method", po::value(&settings.methods)->multitoken(), "some methods only")(
      "objectives", po::value(&settings.objectives)->multitoken()->default_value({1, 2}, "1 2"),
      "how many")("proposals", po::value(&settings.proposals)->default_value(500),
                  "that are timed")("write", po::value(&settings.write), "a run folder to make")(
      "resume", po::value(&settings.resume), "a run folder to go on from");
  po::variables_map values;
  po::store(po::parse_command_line(argc, argv, options), values);
  po::notify(values);
  if (values.count("help") > 0) {
    fmt::print("bench_history_scale: what searching costs when the history is long\n");
    return 0;
  }
  if (settings.methods.empty())
    for (const auto& row : methods()) settings.methods.emplace_back(row.name);
  if (!settings.write.empty())
    write(settings);
  else if (!settings.resume.empty())
    resume(settings);
  else
    run(settings);
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
