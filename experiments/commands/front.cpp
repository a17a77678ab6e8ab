#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "experiments/box.hpp"
#include "experiments/commands/commands.hpp"
#include "experiments/commands/shared.hpp"

namespace lamarck::experiments {
namespace {

using Json = nlohmann::ordered_json;

// Mean and deviation of each score; one seed has none (null).
void add_scores(Json& entry, const FinalScores& final) {
  for (const auto& [name, value] : final.mean) {
    if (name == "epochs") continue;
    entry[name] = value;
    const auto deviation = final.deviation.find(name);
    entry[name + "_sd"] = deviation == final.deviation.end() ? Json{} : Json(deviation->second);
  }
}

void add_finals(Json& entry, const FrontMember& member) {
  if (member.finals.empty()) return;
  const FinalScores& first = member.finals.front();
  add_scores(entry, first);
  entry["final_seeds"] = first.seeds.size();
  Json all = Json::array();
  for (const auto& final : member.finals) {
    Json one{{"start", final.start}, {"seeds", final.seeds.size()}, {"failed", final.failed}};
    if (const auto epochs = final.mean.find("epochs"); epochs != final.mean.end())
      one["epochs"] = epochs->second;
    add_scores(one, final);
    all.push_back(one);
  }
  entry["finals"] = all;
}

Json front_json(const Front& front) {
  Json json;
  json["objectives"] = Json::array();
  for (const auto& objective : front.objectives.list)
    json["objectives"].push_back(
        {{"name", objective.metric}, {"direction", objective.maximize ? "maximize" : "minimize"}});
  json["hypervolume"] = front.hypervolume;
  json["reference"] = Json::object();
  for (std::size_t i = 0; i < front.objectives.list.size(); ++i)
    json["reference"][front.objectives.list[i].metric] = front.reference[i];
  json["front"] = Json::array();
  for (const auto& member : front.members) {
    Json entry{{"id", member.id}};
    for (const auto& [name, value] : member.metrics) entry[name] = value;
    add_finals(entry, member);
    json["front"].push_back(entry);
  }
  return json;
}

Json box_json(const std::vector<BoxAxis>& box, double hypervolume) {
  Json json{{"hypervolume", hypervolume}, {"axes", Json::array()}};
  for (const auto& axis : box)
    json["axes"].push_back({{"name", axis.metric},
                            {"low", axis.low},
                            {"high", axis.high},
                            {"scale", axis.logarithmic ? "log" : "linear"},
                            {"direction", axis.maximize ? "maximize" : "minimize"}});
  return json;
}

int run_front(const Arguments& arguments) {
  const RunReader run = read_run(arguments.positionals()[0]);
  std::vector<BoxAxis> box;
  double inside = 0;
  if (arguments.has("hypervolume-box")) {
    box = parse_box(arguments.value("hypervolume-box"), run.experiment.objectives);
    inside = hypervolume_in(box, run.history, run.experiment.objectives);
  }
  if (arguments.has("json")) {
    Json json = front_json(run.front);
    if (!box.empty()) json["box"] = box_json(box, inside);
    std::cout << json.dump(2) << '\n';
    return kDone;
  }
  std::cout << front_text(run.front);
  if (!box.empty())
    std::cout << fmt::format("hypervolume {:.4f} of the box {}\n", inside, box_text(box));
  return kDone;
}

}  // namespace

Command front_command() {
  return {
      .name = "front",
      .usage = "RUN",
      .summary = "the best networks found: nothing beats them in every objective",
      .details =
          "Accuracies are of the validation split, after the epochs shown. Finalists also show "
          "their test accuracy, mean "
          "and deviation over seeds, retrained on all training images. The output depends on "
          "nothing but the experiment.",
      .examples = {"lamarck front runs/fashion-mnist", "lamarck front runs/fashion-mnist --json",
                   "lamarck front runs/fashion-mnist --hypervolume-box "
                   "macs=1e5:1e8:log,accuracy=0.8:1"},
      .least = 1,
      .most = 1,
      .options = {json_option(),
                  {"hypervolume-box", "BOX",
                   "also print the share of a box that the candidates dominate, its axes "
                   "METRIC=LOW:HIGH or METRIC=LOW:HIGH:log, separated by commas"}},
      .run = run_front};
}

}  // namespace lamarck::experiments
