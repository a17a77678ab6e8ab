#include "experiments/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "experiments/format.hpp"
#include "kernels/threads.hpp"

namespace lamarck::experiments {
namespace {

using Json = nlohmann::ordered_json;

// `conv n64 ic16 ... backward data` -> `conv backward data`: the words before the first with a
// digit, and what comes after the last.
std::string kind_of(const std::string& step) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < step.size();) {
    const std::size_t end = std::min(step.find(' ', at), step.size());
    if (end > at) words.push_back(step.substr(at, end - at));
    at = end + 1;
  }
  std::string kind;
  for (const auto& word : words)
    if (std::none_of(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c); }))
      kind += (kind.empty() ? "" : " ") + word;
  return kind;
}

double total(const Plan& plan) {
  return std::accumulate(plan.seconds.begin(), plan.seconds.end(), 0.0);
}

std::string microseconds(double seconds) { return fmt::format("{:.1f}", 1e6 * seconds); }
std::string share(double part, double whole) {
  return fmt::format("{:.1f} %", whole > 0 ? 100 * part / whole : 0);
}

std::string times_by_kind(const Plan& plan) {
  std::map<std::string, double> kinds;
  for (std::size_t i = 0; i < plan.rows.size(); ++i)
    kinds[kind_of(plan.rows[i].step)] += plan.seconds[i];
  std::vector<std::pair<std::string, double>> sorted(kinds.begin(), kinds.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::vector<std::string>> rows;
  for (const auto& [kind, seconds] : sorted)
    rows.push_back({kind, microseconds(seconds), share(seconds, total(plan))});
  return table({"steps", "us", "share"}, rows);
}

}  // namespace

Plan make_plan(const nn::Model& model, const PlanOptions& options) {
  Plan plan;
  plan.batch = options.batch;
  kernels::with_threads(options.threads, [&] {
    nn::Network network{
        model,
        {.batch = options.batch,
         .pass = options.training ? kernels::Pass::training : kernels::Pass::inference,
         .precision = options.precision}};
    plan.rows = network.plan();
    plan.arena_bytes = network.arena_bytes();
    if (options.rounds > 0) plan.seconds = network.measure(options.rounds);
  });
  plan.reorders = static_cast<std::size_t>(
      std::count_if(plan.rows.begin(), plan.rows.end(),
                    [](const auto& row) { return row.step.starts_with("reorder"); }));
  return plan;
}

std::string plan_json(const Plan& plan) {
  Json json{{"batch", plan.batch},
            {"arena_bytes", plan.arena_bytes},
            {"reorders", plan.reorders},
            {"steps", Json::array()}};
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    const auto& row = plan.rows[i];
    Json step{{"pass", row.pass},
              {"node", row.node},
              {"step", row.step},
              {"layout", row.layout},
              {"bytes", row.bytes}};
    if (!plan.seconds.empty()) {
      step["seconds"] = plan.seconds[i];
      step["share"] = plan.seconds[i] / total(plan);
    }
    json["steps"].push_back(std::move(step));
  }
  return json.dump(2) + "\n";
}

std::string plan_text(const Plan& plan) {
  const bool timed = !plan.seconds.empty();
  std::vector<std::string> head{"pass", "node", "step", "layout", "bytes"};
  if (timed) head.insert(head.end(), {"us", "share"});
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    const auto& row = plan.rows[i];
    rows.push_back(
        {row.pass, row.node, row.step, row.layout, short_bytes(static_cast<double>(row.bytes))});
    if (timed) {
      rows.back().push_back(microseconds(plan.seconds[i]));
      rows.back().push_back(share(plan.seconds[i], total(plan)));
    }
  }
  std::string text = table(head, rows) + "\n";
  if (timed) text += times_by_kind(plan) + "\n";
  text += fmt::format("{} steps, {} of them reorders; arena {}", plan.rows.size(), plan.reorders,
                      short_bytes(static_cast<double>(plan.arena_bytes)));
  if (timed)
    text += fmt::format("; {} us for {} images: {:.0f} images/s", microseconds(total(plan)),
                        plan.batch, plan.batch / total(plan));
  return text + "\n";
}

}  // namespace lamarck::experiments
