#include "experiments/scores.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "experiments/format.hpp"

namespace lamarck::experiments {
namespace {

using Json = nlohmann::ordered_json;

std::string class_name(const std::vector<std::string>& names, std::size_t index) {
  return index < names.size() ? names[index] : std::to_string(index);
}

void add(Json& json, const nn::Classification& c, const std::vector<std::string>& names) {
  json["accuracy"] = c.accuracy;
  json["loss"] = c.loss;
  json["examples"] = c.examples;
  json["top_k"] = c.top_k;
  json["k"] = c.k;
  json["precision"] = c.precision;
  json["recall"] = c.recall;
  json["f1"] = c.f1;
  json["calibration_error"] = c.calibration_error;
  json["entropy"] = c.entropy;
  json["per_class"] = Json::array();
  for (std::size_t i = 0; i < c.per_class.size(); ++i) {
    const auto& one = c.per_class[i];
    json["per_class"].push_back({{"class", class_name(names, i)},
                                 {"precision", one.precision},
                                 {"recall", one.recall},
                                 {"f1", one.f1},
                                 {"support", one.support}});
  }
  json["confusion"] = c.confusion;
}

void add(Json& json, const nn::Regression& r) {
  json["r2"] = r.r2;
  json["mse"] = r.mse;
  json["mae"] = r.mae;
  json["examples"] = r.examples;
}

}  // namespace

std::string score_json(const nn::Score& score, const std::vector<std::string>& class_names,
                       const std::vector<std::pair<std::string, std::string>>& extra) {
  Json json;
  for (const auto& [key, value] : extra) json[key] = value;
  if (score.classes) add(json, *score.classes, class_names);
  if (score.numbers) {
    json["loss"] = score.loss;
    add(json, *score.numbers);
  }
  return json.dump(2) + "\n";
}

std::string score_text(const nn::Score& score, const std::vector<std::string>& class_names) {
  if (score.numbers) {
    const auto& r = *score.numbers;
    return fmt::format(
        "{} examples: R2 {:.4f}, mean squared error {:.5g}, mean absolute error {:.5g}\n",
        r.examples, r.r2, r.mse, r.mae);
  }
  const auto& c = *score.classes;
  std::string text = fmt::format(
      "{} examples: accuracy {:.2f} %, top-{} {:.2f} %, loss {:.4f}\n"
      "precision {:.4f}, recall {:.4f}, F1 {:.4f} (means over classes); calibration error {:.4f}, "
      "entropy {:.4f}\n\n",
      c.examples, 100 * c.accuracy, c.k, 100 * c.top_k, c.loss, c.precision, c.recall, c.f1,
      c.calibration_error, c.entropy);
  std::vector<std::string> head{"class", "precision", "recall",
                                "F1",    "examples",  "most often taken for"};
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < c.per_class.size(); ++i) {
    const auto& one = c.per_class[i];
    std::size_t worst = i;
    for (std::size_t j = 0; j < c.confusion[i].size(); ++j)
      if (j != i && c.confusion[i][j] > 0 &&
          (worst == i || c.confusion[i][j] > c.confusion[i][worst]))
        worst = j;
    rows.push_back({class_name(class_names, i), fmt::format("{:.4f}", one.precision),
                    fmt::format("{:.4f}", one.recall), fmt::format("{:.4f}", one.f1),
                    std::to_string(one.support),
                    worst == i ? "-"
                               : fmt::format("{} ({})", class_name(class_names, worst),
                                             c.confusion[i][worst])});
  }
  return text + table(head, rows);
}

}  // namespace lamarck::experiments
