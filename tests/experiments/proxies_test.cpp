// What cheap numbers are worth, measured on a run's own candidates, and used as a prescreen.
#include "experiments/proxies.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "experiments/prepared.hpp"
#include "kernels/cpu.hpp"
#include "nn/blocks.hpp"
#include "tests/experiments/complaints.hpp"

using namespace lamarck;
using namespace lamarck::experiments;
using namespace lamarck::tests;
using Json = nlohmann::json;

namespace {

// Ten candidates: accuracies rise with macs, params go the other way; the first epoch ranks right,
// the third wrong.
search::History ten() {
  search::History history;
  for (std::size_t id = 0; id < 10; ++id) {
    history.add(
        {.id = id, .genome = {std::to_string(id)}, .key = std::to_string(id), .origin = ""});
    const auto x = static_cast<double>(id);
    search::Result result{.metrics = {{"accuracy", 0.5 + 0.01 * x},
                                      {"macs", 100 + x},
                                      {"params", 100 - x},
                                      {"quick_accuracy", id % 2 == 0 ? 0.1 : 0.2}},
                          .message = ""};
    for (int epoch = 0; epoch <= 4; ++epoch)
      result.epochs.push_back(
          {epoch, {{"accuracy", epoch == 3 ? 0.9 - 0.01 * x : 0.1 + 0.01 * x}}});
    history.add(id, result);
  }
  return history;
}

const ProxyRow& row(const std::vector<ProxyRow>& rows, const std::string& name) {
  for (const ProxyRow& one : rows)
    if (one.name == name) return one;
  FAIL("no row " << name);
  throw;
}

const std::string kRun = R"(
name: small
seed: 3
data: {dataset: shapes, limit: 400, validation: 100}
limits: {macs: 500k}
space: {start: [tiny-plain]}
search: {method: aging, population: 4, sample: 2, evaluations: 9, lookahead: 3, prescreen: {proxy: naswot, of: 3, batch: 16}}
train: {epochs: 1, batch: 32}
final: {choose: 0}
)";

}  // namespace

TEST_CASE("what is trained further or longer than others does not mix into the ranks",
          "[proxies]") {
  search::History history = ten();
  for (std::size_t id = 10; id < 15; ++id) {
    const search::Proposal& first = history.proposal(id - 10);
    history.add({.id = id,
                 .genome = first.genome,
                 .key = first.key,
                 .parents = {id - 10},
                 .origin = std::string{search::kPromote}});
    history.add(id, {.metrics = {{"accuracy", 0.9}, {"macs", 100.0 + static_cast<double>(id)}},
                     .message = "",
                     .epochs = {{5, {{"accuracy", 0.9}}}}});
  }
  // A start, trained for longer than its children.
  history.add({.id = 15, .genome = {"start"}, .key = "start", .origin = "start"});
  search::Result start{.metrics = {{"accuracy", 0.2}, {"macs", 500}}, .message = ""};
  for (int epoch = 1; epoch <= 9; ++epoch) start.epochs.push_back({epoch, {{"accuracy", 0.2}}});
  history.add(15, start);
  const auto rows = proxy_rows(history, "accuracy", true, nullptr, 100);
  CHECK(row(rows, "macs").candidates == 11);
  CHECK(row(rows, "epoch 2 of 4").candidates == 10);
  CHECK(row(rows, "epoch 2 of 4").spearman->value == Approx(1));
}

TEST_CASE("each cheap number is ranked against the score it comes before", "[proxies]") {
  const auto rows = proxy_rows(ten(), "accuracy", true, nullptr, 100);
  CHECK(row(rows, "macs").spearman->value == Approx(1));
  CHECK(row(rows, "params").kendall->value == Approx(-1));
  CHECK(row(rows, "epoch 1 of 4").spearman->value == Approx(1));
  CHECK(row(rows, "epoch 2 of 4").spearman->value == Approx(1));
  CHECK(row(rows, "epoch 3 of 4").spearman->value == Approx(-1));
  CHECK(row(rows, "macs").candidates == 10);
  // Scores end at 0.5 and more, and are 0.4 less after the second epoch.
  CHECK(*row(rows, "epoch 2 of 4").error == Approx(0.4));
  CHECK_FALSE(row(rows, "macs").error);
  CHECK(row(rows, "curve of 2 to 4").candidates == 10);
  CHECK(row(rows, "macs").kind == ProxyRow::Kind::baseline);
  // Parities: five ties on each side, and no more than chance.
  CHECK(std::abs(row(rows, "quick_accuracy").spearman->value) < 0.3);
  // Fewer candidates, evenly.
  CHECK(row(proxy_rows(ten(), "accuracy", true, nullptr, 6), "macs").candidates == 6);
  // What is minimised is better the less there is.
  CHECK(row(proxy_rows(ten(), "params", false, nullptr, 100), "macs").spearman->value == Approx(1));
}

TEST_CASE("the verdict compares the best proxy with the best baseline", "[proxies]") {
  using Kind = ProxyRow::Kind;
  const auto rows = [](double proxy, double baseline) {
    return std::vector<ProxyRow>{
        {.name = "naswot", .kind = Kind::network, .spearman = search::Correlation{proxy, 0.05}},
        {.name = "snip", .kind = Kind::network, .spearman = search::Correlation{-0.5, 0.05}},
        {.name = "macs", .kind = Kind::baseline, .spearman = search::Correlation{baseline, 0.05}},
        {.name = "epoch 1 of 2", .kind = Kind::run, .spearman = search::Correlation{0.99, 0.01}}};
  };
  CHECK(verdict(rows(0.8, 0.5)).find("naswot ranks better than macs") == 0);
  CHECK(verdict(rows(0.5, 0.8)).find("no proxy ranks as well as macs") == 0);
  CHECK(verdict(rows(0.6, 0.55)).find("no proxy can be told from macs") == 0);
  CHECK(verdict({}).empty());
}

TEST_CASE("a proxy depends on the architecture and the seed alone", "[proxies]") {
  DataConfig config;
  config.load.limit = 200;
  config.validation = 50;
  const auto data = prepare_data(config, ".", 5);
  const auto net = nn::built_in("tiny-plain", data->sets.train.shape, 10);
  const auto& naswot = nn::proxy_kind("naswot");
  const ProxyScorer scorer{data->for_search(), {}, 32, 5};
  const auto score = scorer(naswot, net);
  REQUIRE(score);
  CHECK(scorer(naswot, net) == score);
  CHECK(ProxyScorer{data->for_search(), {}, 32, 5}(naswot, net) == score);
  CHECK(ProxyScorer{data->for_search(), {}, 32, 6}(naswot, net) != score);
  // Winograd's method rounds otherwise where there is one (from AVX2 on), and may be switched off.
  const auto& gradients = nn::proxy_kind("grad_norm");
  const auto vgg = nn::built_in("vgg", {1, 20, 20}, 10);
  const auto with = scorer(gradients, vgg);
  const auto without = ProxyScorer{data->for_search(), {}, 32, 5, false}(gradients, vgg);
  REQUIRE((with && without));
  const std::string isa = kernels::this_cpu().isa;
  CHECK((*with != *without) == (isa.starts_with("avx2") || isa.starts_with("avx512")));
  CHECK(*with == Approx(*without).epsilon(1e-3));
}

TEST_CASE("a prescreened run is the same for any number of workers and when resumed",
          "[program][proxies]") {
  const TemporaryFolder folder;
  folder.write("small.yaml", kRun);
  const auto run = [&](const std::string& words) {
    const Output output = run_lamarck(words, folder.path());
    INFO(output.err);
    REQUIRE(output.code == 0);
    return output.out;
  };
  run("search small.yaml --run one --workers 1");
  run("search small.yaml --run two --workers 2 --set parallel.oversubscribe=true");
  run("search small.yaml --run parts --set search.evaluations=5");
  run("resume parts --evaluations 9");
  const auto show = [&](const std::string& name) {
    std::string text;
    for (int id = 0; id < 9; ++id)
      text += run("show " + name + " " + std::to_string(id) + " --json");
    return text;
  };
  CHECK(run("front one --json") == run("front two --json"));
  CHECK(run("front one --json") == run("front parts --json"));
  // It takes part in what is tried.
  run("search small.yaml --run plain --set 'search={method: aging, population: 4, sample: 2, "
      "evaluations: 9, lookahead: 3}'");
  CHECK(show("one") != show("plain"));
}

TEST_CASE("the command prints how proxies rank a run's candidates", "[program][proxies]") {
  const TemporaryFolder folder;
  folder.write("small.yaml", kRun);
  REQUIRE(run_lamarck("search small.yaml --run run --set train.epochs=2", folder.path()).code == 0);
  const Output output = run_lamarck("proxies run --batch 16", folder.path());
  INFO(output.err);
  REQUIRE(output.code == 0);
  for (const char* name : {"naswot", "synflow", "snip", "grad_norm", "params", "macs",
                           "quick_accuracy", "epoch 1 of 2", "Spearman", "standard error"}) {
    INFO(name);
    CHECK(output.out.find(name) != std::string::npos);
  }
  const Json json = Json::parse(run_lamarck("proxies run --json", folder.path()).out);
  CHECK(json["metric"] == "accuracy");
  REQUIRE(json["proxies"].size() >= 8);
  for (const auto& one : json["proxies"]) {
    if (!one["spearman"].is_null()) {
      CHECK(std::abs(one["spearman"].get<double>()) <= 1);
      CHECK(one["spearman_se"].get<double>() >= 0);
    }
  }
  CHECK(run_lamarck("proxies nowhere", folder.path()).code != 0);
}

TEST_CASE("prescreens that cannot be are refused with their place", "[program][proxies]") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& search, const std::vector<std::string>& words) {
    folder.write("x.yaml", "search: " + search + "\n");
    check_complaint(run_lamarck("search x.yaml", folder.path()), 2, words);
  };
  refused("{prescreen: naswt}", {"x.yaml:1:", "search.prescreen", "did you mean naswot?"});
  refused("{prescreen: {proxy: naswot, off: 3}}", {"search.prescreen.off", "there are proxy"});
  refused("{prescreen: {proxy: naswot, of: 1}}", {"search.prescreen.of"});
  refused("{prescreen: {of: 3}}", {"proxy"});
  refused("{method: greedy, prescreen: naswot}", {"search.prescreen", "its own order"});
}
