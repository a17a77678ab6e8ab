#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "experiments/commands/commands.hpp"
#include "experiments/commands/shared.hpp"
#include "experiments/format.hpp"

namespace lamarck::experiments {
namespace {

using Json = nlohmann::ordered_json;

// The chain of first parents, oldest first.
std::vector<std::size_t> lineage(const search::History& history, std::size_t id) {
  std::vector<std::size_t> chain{id};
  while (!history.proposal(chain.back()).parents.empty())
    chain.push_back(history.proposal(chain.back()).parents.front());
  std::reverse(chain.begin(), chain.end());
  return chain;
}

Json to_json(const search::Metrics& metrics) {
  Json json = Json::object();
  for (const auto& [name, value] : metrics) json[name] = value;
  return json;
}

Json show_json(const search::History& history, std::size_t id) {
  const auto& proposal = history.proposal(id);
  const auto* result = history.result(id);
  Json json{{"id", id},
            {"status", result ? std::string{name(result->status)} : "in flight"},
            {"origin", proposal.origin},
            {"parents", proposal.parents},
            {"edits", proposal.edits},
            {"genome", proposal.genome.text},
            {"key", proposal.key},
            {"seed", proposal.seed}};
  if (result) {
    json["metrics"] = to_json(result->metrics);
    if (!result->message.empty()) json["message"] = result->message;
    if (result->duplicate_of) json["duplicate_of"] = *result->duplicate_of;
    json["curve"] = Json::array();
    for (const auto& row : result->epochs) {
      Json one{{"epoch", row.epoch}};
      one.update(to_json(row.metrics));
      json["curve"].push_back(one);
    }
  }
  json["lineage"] = Json::array();
  for (const std::size_t ancestor : lineage(history, id)) {
    const auto& p = history.proposal(ancestor);
    json["lineage"].push_back(
        {{"id", ancestor}, {"origin", p.origin}, {"parents", p.parents}, {"edits", p.edits}});
  }
  return json;
}

std::string lineage_text(const search::History& history, std::size_t id) {
  std::string text;
  for (const std::size_t ancestor : lineage(history, id)) {
    const auto& proposal = history.proposal(ancestor);
    const auto* result = history.result(ancestor);
    text += fmt::format("  #{:<5} {:<10}", ancestor, proposal.origin);
    if (result && result->metrics.count("accuracy") && result->metrics.count("macs"))
      text += fmt::format(" accuracy {:>7}  macs {:>7}",
                          metric_text("accuracy", result->metrics.find("accuracy")->second),
                          metric_text("macs", result->metrics.find("macs")->second));
    for (const auto& edit : proposal.edits) text += "  " + edit;
    if (proposal.parents.size() > 1)
      text += fmt::format("  (other parent #{})", proposal.parents[1]);
    text += '\n';
  }
  return text;
}

std::string curve_text(const search::Result& result) {
  std::vector<std::string> head{"epoch"};
  for (const auto& row : result.epochs)
    for (const auto& [name, value] : row.metrics)
      if (std::find(head.begin(), head.end(), name) == head.end()) head.push_back(name);
  std::vector<std::vector<std::string>> rows;
  std::vector<double> accuracies;
  for (const auto& row : result.epochs) {
    std::vector<std::string> cells{row.epoch == 0 ? "0 (inherited)" : std::to_string(row.epoch)};
    for (std::size_t i = 1; i < head.size(); ++i) {
      const auto found = row.metrics.find(head[i]);
      cells.push_back(found == row.metrics.end() ? "-" : metric_text(head[i], found->second));
    }
    if (const auto found = row.metrics.find("accuracy"); found != row.metrics.end())
      accuracies.push_back(found->second);
    rows.push_back(cells);
  }
  std::string text = table(head, rows);
  if (accuracies.size() > 1) text += "accuracy " + sparkline(accuracies) + "\n";
  return text;
}

int run_show(const Arguments& arguments) {
  const RunReader run = read_run(arguments.positionals()[0]);
  const std::size_t id = candidate_or_best(arguments, 1, run);
  if (arguments.has("json")) {
    std::cout << show_json(run.history, id).dump(2) << '\n';
    return kDone;
  }
  const auto& proposal = run.history.proposal(id);
  const auto* result = run.history.result(id);
  std::cout << fmt::format("candidate {}: {}\n", id, result ? name(result->status) : "in flight");
  if (result && !result->message.empty()) std::cout << result->message << '\n';
  if (result && result->duplicate_of)
    std::cout << fmt::format("the same network as #{}\n", *result->duplicate_of);
  if (result)
    for (const auto& [metric, value] : result->metrics)
      std::cout << fmt::format("  {:<22} {}\n", metric, metric_text(metric, value));
  std::cout << "\nlineage\n" << lineage_text(run.history, id);
  if (result && !result->epochs.empty()) std::cout << "\nlearning curve\n" << curve_text(*result);
  std::cout << "\ngenome\n" << proposal.genome.text;
  if (!proposal.genome.text.ends_with('\n')) std::cout << '\n';
  return kDone;
}

}  // namespace

Command show_command() {
  return {
      .name = "show",
      .usage = "RUN [ID]",
      .summary = "one candidate: its genome, the chain of edits it came by, its learning curve",
      .details = "Without an ID: the best of the front.",
      .examples = {"lamarck show runs/fashion-mnist", "lamarck show runs/fashion-mnist 17 --json"},
      .least = 1,
      .most = 2,
      .options = {json_option()},
      .run = run_show};
}

}  // namespace lamarck::experiments
