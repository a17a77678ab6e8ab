// The sections that say what to look for, where and how: `objectives`, `limits`, `space`, `search`,
// `parallel`.
#include <fmt/format.h>

#include <algorithm>

#include "experiments/config/sections.hpp"
#include "nn/edits/edit.hpp"
#include "nn/proxies/proxy.hpp"

namespace lamarck::experiments {
namespace {

// What the training evaluator measures of every candidate.
const std::vector<std::string> kMetrics{
    "accuracy", "r2", "loss", "macs", "params", "peak_activation_bytes", "depth", "latency"};
// Those that a larger value makes worse, to catch a swapped direction.
bool is_cost(const std::string& metric) { return metric != "accuracy" && metric != "r2"; }
bool swapped(const search::Objective& objective) {
  return std::find(kMetrics.begin(), kMetrics.end(), objective.metric) != kMetrics.end() &&
         objective.maximize == is_cost(objective.metric);
}

std::vector<std::string> edit_names() {
  std::vector<std::string> names;
  for (const auto& kind : nn::edit_kinds()) names.emplace_back(kind.name);
  return names;
}

// `target: 5M` or `target: {at: 5M, within: 0, beyond: 1}`.
search::Target read_target(const nn::YamlNode& node) {
  constexpr double kLeast = 1e-12;
  constexpr double kMost = 1e18;
  constexpr double kSteepest = 10;
  search::Target target;
  if (!node.is_map()) {
    target.at = node.number(kLeast, kMost);
    return target;
  }
  node.only_keys({"at", "within", "beyond"});
  target.at = node.at("at").number(kLeast, kMost);
  set_number(node, "within", target.within, 0, kSteepest);
  set_number(node, "beyond", target.beyond, 0, kSteepest);
  if (target.within == 0 && target.beyond == 0)
    node.fail("within and beyond are both 0, so that the target counts for nothing");
  return target;
}

// `prescreen: naswot` or `prescreen: {proxy: naswot, of: 8}`.
PrescreenConfig read_prescreen(const nn::YamlNode& node, const std::string& method) {
  if (method == "exhaustive" || method == "greedy")
    node.fail(method +
              " goes through candidates in its own order; a prescreen is for methods that "
              "draw them");
  std::vector<std::string> names;
  for (const auto& kind : nn::proxy_kinds()) names.emplace_back(kind.name);
  PrescreenConfig config;
  if (!node.is_map()) {
    config.proxy = node.choice(names);
    return config;
  }
  node.only_keys({"proxy", "of", "batch"});
  config.proxy = node.at("proxy").choice(names);
  set_integer(node, "of", config.of, 2, 1000);
  set_integer(node, "batch", config.batch, 2, 4096);
  return config;
}

// `halving: asynchronous` or `halving: {least: 1, eta: 3, kind: synchronous, bracket: 9}`.
HalvingConfig read_halving(const nn::YamlNode& node) {
  const std::vector<std::string> kinds{"asynchronous", "synchronous"};
  HalvingConfig config;
  if (!node.is_map()) {
    config.asynchronous = node.choice(kinds) == kinds.front();
    return config;
  }
  node.only_keys({"least", "eta", "kind", "bracket"});
  set_integer(node, "least", config.least, 1, 1'000'000);
  set_number(node, "eta", config.eta, 1.1, 100);
  if (const auto kind = node.find("kind"))
    config.asynchronous = kind->choice(kinds) == kinds.front();
  if (const auto bracket = node.find("bracket"); bracket && config.asynchronous)
    bracket->fail("asynchronous halving has no brackets");
  set_integer(node, "bracket", config.bracket, 2, 1'000'000);
  return config;
}

}  // namespace

void read_objectives(const nn::YamlNode& node, search::Objectives& objectives,
                     const std::vector<std::string>& metrics) {
  objectives.list.clear();
  for (const auto& item : node.items()) {
    if (!item.is_map()) item.fail("expected `maximize: METRIC` or `minimize: METRIC`");
    item.only_keys({"maximize", "minimize", "weight", "target", "at_least", "at_most"});
    const auto up = item.find("maximize");
    const auto down = item.find("minimize");
    if (up.has_value() == down.has_value())
      item.fail("expected one of `maximize: METRIC` and `minimize: METRIC`");
    search::Objective objective;
    objective.maximize = up.has_value();
    const auto& name = up ? *up : *down;
    objective.metric = name.choice(metrics.empty() ? kMetrics : metrics);
    if (swapped(objective))
      name.fail("a good network has " + std::string{objective.maximize ? "little " : "much "} +
                objective.metric + ": did you mean " +
                (objective.maximize ? "minimize?" : "maximize?"));
    set_number(item, "weight", objective.weight, 0, 1e12);
    if (const auto target = item.find("target")) {
      if (const auto weight = item.find("weight"))
        weight->fail("what has a target is weighed by the target's `within` and `beyond`");
      objective.target = read_target(*target);
      objectives.ranking = search::Ranking::target;
    }
    const char* bound = objective.maximize ? "at_least" : "at_most";
    if (const auto other = item.find(objective.maximize ? "at_most" : "at_least"))
      other->fail(fmt::format("what is to be {} takes {}",
                              objective.maximize ? "maximized" : "minimized", bound));
    // What is maximised has its ideal at 1, which a bound must leave room below.
    if (const auto value = item.find(bound))
      objective.bound = value->number(-1e18, objective.maximize ? 0.999999 : 1e18);
    for (const auto& before : objectives.list)
      if (before.metric == objective.metric)
        item.fail(objective.metric + (before.maximize == objective.maximize
                                          ? " is an objective already"
                                          : " cannot be both maximized and minimized"));
    objectives.list.push_back(objective);
  }
  if (objectives.list.empty()) node.fail("at least one objective is needed");
}

void read_limits(const nn::YamlNode& node, search::Limits& limits) {
  node.only_keys({"macs", "params", "memory", "depth"});
  if (const auto macs = node.find("macs")) limits.macs = macs->number(1, 1e18);
  if (const auto params = node.find("params")) limits.params = params->number(1, 1e18);
  if (const auto memory = node.find("memory")) limits.memory = memory->number(1, 1e18);
  if (const auto depth = node.find("depth"))
    limits.depth = static_cast<int>(depth->integer(1, 100000));
}

void read_space(const nn::YamlNode& node, const std::filesystem::path& folder, SpaceConfig& space) {
  node.only_keys(
      {"kind", "start", "edits", "channel_step", "max_channels", "max_nodes", "random_steps"});
  if (const auto start = node.find("start")) space.starts = read_starts(*start, folder);
  if (const auto edits = node.find("edits")) {
    space.edits.clear();
    edits->only_keys(edit_names());
    double sum = 0;
    for (const auto& name : edits->keys())
      sum += space.edits[name] = edits->at(name).number(0, 1e6);
    if (!(sum > 0)) edits->fail("no edit has a weight above 0");
  }
  set_integer(node, "channel_step", space.sites.channel_step, 1, 1024);
  set_integer(node, "max_channels", space.sites.max_channels, 1, 65536);
  set_integer(node, "max_nodes", space.sites.max_nodes, 2, 10000);
  set_integer(node, "random_steps", space.random_steps, 1, 1000);
}

void read_search(const nn::YamlNode& node, SearchConfig& config, search::Objectives& objectives) {
  auto& method = config.method;
  std::vector<std::string> names;
  for (const auto& row : search::methods()) names.emplace_back(row.name);
  if (const auto name = node.find("method")) method = search::default_options(name->choice(names));

  std::vector<std::string> keys{"method",  "evaluations",    "lookahead", "ranking",
                                "inherit", "quick_examples", "prescreen", "halving",
                                "epochs",  "start_epochs",   "dismiss"};
  if (method.method == "genetic")
    keys.insert(keys.end(), {"population", "tournament", "crossover"});
  if (method.method == "aging") keys.insert(keys.end(), {"population", "sample"});
  if (method.method == "greedy") keys.insert(keys.end(), {"improvement", "from", "restarts"});
  node.only_keys(keys);

  if (const auto epochs = node.find("epochs")) {
    set_integer(node, "epochs", config.epochs, 1, 100'000'000);
    config.evaluations = config.epochs;  // each takes one at least
  }
  set_integer(node, "evaluations", config.evaluations, 1, 100'000'000);
  set_integer(node, "lookahead", config.lookahead, 1, 100'000);
  set_boolean(node, "inherit", config.inherit);
  set_integer(node, "start_epochs", config.start_epochs, 1, 1'000'000);
  set_integer(node, "quick_examples", config.quick_examples, 0, 1'000'000'000);
  set_number(node, "dismiss", config.dismiss, 0, 1);
  set_integer(node, "population", method.population, 2, 1'000'000);
  set_integer(node, "tournament", method.tournament, 1, 1'000'000);
  set_number(node, "crossover", method.crossover, 0, 1);
  set_integer(node, "sample", method.sample, 1, 1'000'000);
  if (const auto prescreen = node.find("prescreen"))
    config.prescreen = read_prescreen(*prescreen, method.method);
  if (const auto halving = node.find("halving")) config.halving = read_halving(*halving);
  if (const auto from = node.find("from"))
    method.from = from->choice({"start", "small", "large", "random"});
  set_integer(node, "restarts", method.restarts, 0, 1'000'000);
  if (const auto improvement = node.find("improvement"))
    method.first_improvement = improvement->choice({"first", "best"}) == "first";
  if (const auto ranking = node.find("ranking")) {
    const std::string word = ranking->choice({"pareto", "weighted", "target"});
    for (const auto one :
         {search::Ranking::pareto, search::Ranking::weighted, search::Ranking::target})
      if (word == search::name(one)) objectives.ranking = one;
  }
}

void read_parallel(const nn::YamlNode& node, ParallelConfig& parallel) {
  node.only_keys({"workers", "threads_per_candidate", "oversubscribe"});
  if (const auto workers = node.find("workers")) {
    const bool automatic = workers->is_scalar() && workers->text() == "auto";
    parallel.workers = automatic ? 0 : static_cast<int>(workers->integer(1, 4096));
  }
  set_integer(node, "threads_per_candidate", parallel.threads_per_candidate, 1, 4096);
  set_boolean(node, "oversubscribe", parallel.oversubscribe);
}

}  // namespace lamarck::experiments
