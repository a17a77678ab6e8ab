#include "experiments/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "experiments/format.hpp"
#include "kernels/image_writer.hpp"
#include "kernels/random.hpp"
#include "kernels/softmax.hpp"
#include "kernels/threads.hpp"
#include "nn/training/optimizer.hpp"

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

// What a training step does beside the network's own steps, and all that it reads made of random
// numbers: zeros would flatter some kernels.
class WholeStep {
 public:
  WholeStep(nn::Network& network, bool training)
      : network_{network},
        training_{training},
        optimizer_{{.momentum = 0.9, .nesterov = true, .weight_decay = 5e-4},
                   network.blocks(),
                   network.parameters().size()} {
    Random random{1, "plan"};
    const kernels::ImageWriter images{network.images()};
    std::vector<float> image(images.image_size());
    for (std::size_t i = 0; i < images.images(); ++i) {
      for (float& x : image) x = static_cast<float>(random.normal());
      images.write(i, image);
    }
    const auto batch = static_cast<std::size_t>(network.options().batch);
    classes_ = network.output().size() / batch;
    for (std::size_t i = 0; i < batch; ++i)
      labels_.push_back(static_cast<int>(random.below(classes_)));
  }

  void loss() {
    kernels::softmax_cross_entropy(network_.output(), labels_, classes_, 0,
                                   network_.output_gradient());
  }
  // A rate so small that however many rounds leave the weights what they were.
  void update() {
    optimizer_.step(1e-12, network_.parameters(), network_.gradients(), network_.half_parameters());
  }
  void run() {
    network_.forward();
    if (!training_) return;
    loss();
    network_.backward();
    update();
  }

 private:
  nn::Network& network_;
  bool training_;
  nn::Optimizer optimizer_;
  std::size_t classes_ = 0;
  std::vector<int> labels_;
};

double median_seconds(int rounds, const auto& work) {
  std::vector<double> seconds;
  for (int i = 0; i < rounds; ++i) {
    const auto began = std::chrono::steady_clock::now();
    work();
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  }
  const auto middle = seconds.begin() + rounds / 2;
  std::nth_element(seconds.begin(), middle, seconds.end());
  return *middle;
}

void measure(nn::Network& network, const PlanOptions& options, Plan& plan) {
  WholeStep step{network, options.training};
  step.run();
  plan.seconds = network.measure(options.rounds);
  if (options.training) {
    plan.seconds.push_back(median_seconds(options.rounds, [&] { step.loss(); }));
    plan.seconds.push_back(median_seconds(options.rounds, [&] { step.update(); }));
  }
  plan.whole_seconds = median_seconds(options.rounds, [&] { step.run(); });
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
         .winograd = options.winograd,
         .precision = options.precision,
         .plain_input = false}};
    plan.rows = network.plan();
    plan.arena_bytes = network.arena_bytes();
    plan.live_bytes = network.live_bytes();
    if (options.training) {
      plan.rows.push_back(
          {"loss", "", "softmax cross-entropy", "", network.output_gradient().size_bytes()});
      plan.rows.push_back({"update", "", "sgd", "", network.parameters().size_bytes()});
    }
    if (options.rounds > 0) measure(network, options, plan);
  });
  plan.reorders = static_cast<std::size_t>(
      std::count_if(plan.rows.begin(), plan.rows.end(),
                    [](const auto& row) { return row.step.starts_with("reorder"); }));
  return plan;
}

std::string plan_json(const Plan& plan) {
  Json json{{"batch", plan.batch},
            {"arena_bytes", plan.arena_bytes},
            {"live_bytes", plan.live_bytes},
            {"reorders", plan.reorders}};
  if (plan.whole_seconds > 0) json["whole_seconds"] = plan.whole_seconds;
  json["steps"] = Json::array();
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
  text += fmt::format("{} steps, {} of them reorders; arena {}, at most {} in use at once",
                      plan.rows.size(), plan.reorders,
                      short_bytes(static_cast<double>(plan.arena_bytes)),
                      short_bytes(static_cast<double>(plan.live_bytes)));
  if (timed)
    text += fmt::format("; {} us for {} images, {:.0f} images/s; in one go {} us",
                        microseconds(total(plan)), plan.batch, plan.batch / plan.whole_seconds,
                        microseconds(plan.whole_seconds));
  return text + "\n";
}

}  // namespace lamarck::experiments
