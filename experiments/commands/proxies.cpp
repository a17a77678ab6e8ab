#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "experiments/commands/commands.hpp"
#include "experiments/commands/shared.hpp"
#include "experiments/format.hpp"
#include "experiments/prepared.hpp"
#include "experiments/proxies.hpp"
#include "kernels/error.hpp"

namespace lamarck::experiments {
namespace {

using Json = nlohmann::ordered_json;

// What the run's candidates are judged by: its first objective that training decides.
const search::Objective& judged_by(const Experiment& experiment) {
  const auto& list = experiment.objectives.list;
  for (const auto& objective : list)
    if (objective.maximize) return objective;
  return list.front();
}

std::string text_of(const std::optional<search::Correlation>& correlation) {
  if (!correlation) return "-";
  return fmt::format("{:+.2f} ± {:.2f}", correlation->value, correlation->standard_error);
}

std::string text_of(const std::vector<ProxyRow>& rows, const std::string& metric) {
  std::vector<std::vector<std::string>> cells;
  for (const ProxyRow& row : rows)
    cells.push_back({row.name, std::to_string(row.candidates), text_of(row.spearman),
                     text_of(row.kendall), row.error ? fmt::format("{:.4f}", *row.error) : "-",
                     row.seconds > 0 ? fmt::format("{:.0f}", 1000 * row.seconds) : "-"});
  std::string text = table({"rank by", "n", "Spearman", "Kendall", "off by", "ms"}, cells);
  text += fmt::format(
      "rank correlation with {} after training, ± standard error; off by: mean "
      "distance from it",
      metric);
  if (const auto said = verdict(rows); !said.empty()) text += "; " + said;
  return text + "\n";
}

Json json_of(const std::vector<ProxyRow>& rows, const std::string& metric) {
  static constexpr const char* kKinds[]{"network", "baseline", "run"};
  Json json{{"metric", metric}, {"proxies", Json::array()}};
  for (const ProxyRow& row : rows) {
    Json one{{"name", row.name},
             {"kind", kKinds[static_cast<int>(row.kind)]},
             {"candidates", row.candidates}};
    for (const auto& [name, correlation] :
         {std::pair{"spearman", row.spearman}, {"kendall", row.kendall}}) {
      one[name] = correlation ? Json(correlation->value) : Json{};
      one[std::string{name} + "_se"] = correlation ? Json(correlation->standard_error) : Json{};
    }
    one["error"] = row.error ? Json(*row.error) : Json{};
    one["seconds"] = row.seconds;
    json["proxies"].push_back(one);
  }
  return json;
}

int run_proxies(const Arguments& arguments) {
  const RunReader run = read_run(arguments.positionals()[0]);
  const Experiment& experiment = run.experiment;
  const std::string folder = run.store.folder().string();
  const auto& objective = judged_by(experiment);
  const auto limit = static_cast<std::size_t>(arguments.integer("limit", 5, 20'000).value_or(500));
  const int batch = static_cast<int>(arguments.integer("batch", 2, 4096).value_or(64));
  std::optional<ProxyScorer> scorer;
  if (!experiment.table) {
    const auto root = data_root(arguments.value("data-root"),
                                run.store.fact("data_root").value_or(experiment.data.root));
    const auto data = prepare_data(experiment.data, root, experiment.seed);
    if (const auto began = run.store.fact("data_fingerprint");
        began && *began != fingerprint(data->sets))
      throw IoError(fmt::format("{}: the data set {} in {} is not the one that this run began with",
                                folder, experiment.data.dataset, root.string()));
    scorer.emplace(data->for_search(), experiment.init, batch, experiment.seed,
                   experiment.train.winograd);
  }
  const auto rows = proxy_rows(run.history, objective.metric, objective.maximize,
                               scorer ? &*scorer : nullptr, limit);
  if (arguments.has("json"))
    std::cout << json_of(rows, objective.metric).dump(2) << '\n';
  else if (count(run.history).done < 5)
    std::cout << "fewer than 5 candidates are done: too few to rank\n";
  else
    std::cout << text_of(rows, objective.metric);
  return kDone;
}

}  // namespace

Command proxies_command() {
  return {
      .name = "proxies",
      .usage = "RUN",
      .summary = "how well cheap guesses rank a run's candidates",
      .details =
          "Zero-cost proxies (from untrained networks and one batch), the baselines that they have "
          "to beat (size), and what training itself tells early, each by its rank correlation with "
          "the score after training. A proxy that is worth its "
          "time can serve as `search.prescreen`.",
      .examples = {"lamarck proxies runs/fashion-mnist", "lamarck proxies runs/quickstart --json"},
      .least = 1,
      .most = 1,
      .options = {json_option(),
                  data_root_option(),
                  {"batch", "N", "images that proxies are computed on (default 64)"},
                  {"limit", "N", "candidates, evenly through the run (default 500)"}},
      .run = run_proxies};
}

}  // namespace lamarck::experiments
