#include "experiments/box.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "experiments/format.hpp"
#include "kernels/error.hpp"
#include "nn/formats/yaml.hpp"
#include "search/estimates.hpp"
#include "search/pareto.hpp"

namespace lamarck::experiments {
namespace {

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(at, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

BoxAxis parse_axis(const std::string& text, const search::Objectives& objectives) {
  const auto fail = [&](const std::string& what) {
    throw ConfigError("--hypervolume-box: " + text + ": " + what);
  };
  const auto number = [&](const std::string& word) {
    try {
      return nn::YamlNode::parse(word, "number").number();
    } catch (const ConfigError&) {
      fail("expected a number, found '" + word + "'");
      throw;
    }
  };
  const auto equals = text.find('=');
  const auto range = equals == std::string::npos ? std::vector<std::string>{}
                                                 : split(text.substr(equals + 1), ':');
  if (equals == 0 || range.size() < 2 || range.size() > 3 ||
      (range.size() == 3 && range[2] != "log" && range[2] != "linear"))
    fail("expected METRIC=LOW:HIGH or METRIC=LOW:HIGH:log, e.g. macs=1e5:1e8:log");
  BoxAxis axis{.metric = text.substr(0, equals),
               .low = number(range[0]),
               .high = number(range[1]),
               .logarithmic = range.size() == 3 && range[2] == "log"};
  if (!(axis.low < axis.high)) fail("the low end must be below the high end");
  if (axis.logarithmic && !(axis.low > 0)) fail("a logarithmic axis begins above 0");
  axis.maximize = axis.metric == "accuracy" || axis.metric == "r2";
  for (const auto& objective : objectives.list)
    if (objective.metric == axis.metric) axis.maximize = objective.maximize;
  return axis;
}

// 0 at the better end, 1 at the worse.
double scaled(const BoxAxis& axis, double value) {
  const double inside = std::clamp(value, axis.low, axis.high);
  const double share = axis.logarithmic
                           ? std::log(inside / axis.low) / std::log(axis.high / axis.low)
                           : (inside - axis.low) / (axis.high - axis.low);
  return axis.maximize ? 1 - share : share;
}

}  // namespace

std::vector<BoxAxis> parse_box(const std::string& text, const search::Objectives& objectives) {
  std::vector<BoxAxis> box;
  for (const auto& part : split(text, ',')) {
    box.push_back(parse_axis(part, objectives));
    for (std::size_t i = 0; i + 1 < box.size(); ++i)
      if (box[i].metric == box.back().metric)
        throw ConfigError("--hypervolume-box: " + box[i].metric + " has two axes");
  }
  return box;
}

std::string box_text(const std::vector<BoxAxis>& box) {
  std::string text;
  for (const auto& axis : box)
    text += fmt::format("{}{} {} to {}{}", text.empty() ? "" : ", ", axis.metric,
                        metric_text(axis.metric, axis.low), metric_text(axis.metric, axis.high),
                        axis.logarithmic ? " (log)" : "");
  return text;
}

double hypervolume_in(const std::vector<BoxAxis>& box, const search::History& history,
                      const search::Objectives& objectives) {
  std::vector<search::Point> points;
  std::set<std::string> there;
  search::each_believed(history, [&](std::size_t, const search::Metrics& metrics) {
    for (const auto& [name, value] : metrics) there.insert(name);
    if (const auto score = search::score(objectives, metrics); !score || score->violation > 0)
      return;
    search::Point point;
    for (const auto& axis : box)
      if (const auto found = metrics.find(axis.metric);
          found != metrics.end() && !std::isnan(found->second))
        point.push_back(scaled(axis, found->second));
    if (point.size() == box.size()) points.push_back(std::move(point));
  });
  for (const auto& axis : box)
    if (!there.empty() && there.count(axis.metric) == 0)
      throw ConfigError(fmt::format("--hypervolume-box: candidates have no {}; there are {}",
                                    axis.metric, fmt::join(there, ", ")));
  return search::hypervolume(points, search::Point(box.size(), 1.0));
}

}  // namespace lamarck::experiments
