#include "experiments/commands/shared.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <iostream>

#include "experiments/format.hpp"
#include "experiments/interrupt.hpp"
#include "experiments/progress.hpp"
#include "kernels/error.hpp"

namespace lamarck::experiments {
namespace {

std::size_t terminal_columns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 100;
}

search::Store open_store(const std::filesystem::path& folder, const Experiment& experiment,
                         bool create) {
  return create ? search::Store::create(folder, run_facts(experiment))
                : search::Store::open(folder);
}

}  // namespace

RunReader read_run(const std::filesystem::path& folder) {
  search::Store store = search::Store::read(folder);
  Experiment experiment = stored_experiment(store);
  search::History history = store.history();
  Front front = summarise_front(history, experiment.objectives, experiment.space.limits,
                                store.finals(), experiment.final.start);
  return {std::move(store), std::move(experiment), std::move(history), std::move(front)};
}

std::size_t candidate_id(const std::string& text, const search::History& history) {
  const std::string digits = text.starts_with('#') ? text.substr(1) : text;
  std::size_t id = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  if (error != std::errc{} || end != digits.data() + digits.size())
    throw ConfigError(fmt::format("'{}' is no candidate's id, such as 17", text));
  if (id >= history.size())
    throw ConfigError(history.size() == 0 ? fmt::format("no candidate {}: the run has none yet", id)
                                          : fmt::format("no candidate {}: the run has 0 to {}", id,
                                                        history.size() - 1));
  return id;
}

std::size_t candidate_or_best(const Arguments& arguments, std::size_t index, const RunReader& run) {
  if (arguments.positionals().size() > index)
    return candidate_id(arguments.positionals()[index], run.history);
  if (run.front.members.empty())
    throw ConfigError(run.store.folder().string() + ": no candidate is done yet");
  return run.front.members.front().id;
}

std::filesystem::path best_weights(const RunReader& run, std::size_t id) {
  for (const auto& start : run.experiment.final.start)
    for (const auto& row : run.store.finals())
      if (row.proposal == id && row.start == start && row.seed == 0 && !row.weights.empty())
        return run.store.folder() / row.weights;
  auto file = run.store.weights_path(id);
  if (!std::filesystem::exists(file))
    throw IoError(fmt::format(
        "{}: the weights of candidate {} are not kept (only those of the front and of possible "
        "parents are)",
        run.store.folder().string(), id));
  return file;
}

Option json_option() { return {"json", "", "print JSON for scripts"}; }
Option data_root_option() {
  return {"data-root", "DIR", "where data sets lie (else LAMARCK_DATA, data.root, ./data)"};
}
Option set_option() {
  return {"set", "KEY=VALUE", "override a key, e.g. --set search.evaluations=50; may be repeated",
          true};
}

nn::YamlNode load_with_overrides(const std::string& file, const Arguments& arguments) {
  nn::YamlNode root = nn::YamlNode::load(file);
  for (const std::string& item : arguments.values("set")) {
    const auto equals = item.find('=');
    if (equals == std::string::npos || equals == 0)
      throw ConfigError(
          fmt::format("--set {}: expected KEY=VALUE, e.g. search.evaluations=50", item));
    root.set(item.substr(0, equals), item.substr(equals + 1));
  }
  return root;
}

std::string front_text(const Front& front) {
  if (front.members.empty()) return "no candidate is done yet\n";
  std::vector<std::string> head{"id"};
  std::vector<std::string> columns;
  for (const auto& objective : front.objectives.list) columns.push_back(objective.metric);
  for (const char* extra : {"macs", "params", "epochs"})
    if (std::find(columns.begin(), columns.end(), extra) == columns.end())
      columns.emplace_back(extra);
  head.insert(head.end(), columns.begin(), columns.end());
  std::vector<std::string> starts;
  for (const auto& member : front.members)
    for (const auto& final : member.finals)
      if (std::find(starts.begin(), starts.end(), final.start) == starts.end())
        starts.push_back(final.start);
  for (const auto& start : starts) head.push_back("test (" + start + ")");

  std::vector<std::vector<std::string>> rows;
  for (const auto& member : front.members) {
    std::vector<std::string> row{std::to_string(member.id)};
    for (const auto& name : columns) {
      const auto found = member.metrics.find(name);
      row.push_back(found == member.metrics.end() ? "-" : metric_text(name, found->second));
    }
    for (const auto& start : starts) {
      std::string cell = "-";
      for (const auto& final : member.finals) {
        if (final.start != start) continue;
        const bool classes = final.mean.count("test_accuracy") > 0;
        const std::string metric = classes ? "test_accuracy" : "test_r2";
        if (final.mean.count(metric) == 0) {
          cell = "diverged";
          continue;
        }
        const double scale = classes ? 100 : 1;
        cell = fmt::format(
            "{:.2f} ± {:.2f}{} ({} seed{}, {} epochs)", scale * final.mean.find(metric)->second,
            scale * final.deviation.find(metric)->second, classes ? " %" : "", final.seeds.size(),
            final.seeds.size() == 1 ? "" : "s", final.mean.find("epochs")->second);
      }
      row.push_back(cell);
    }
    rows.push_back(std::move(row));
  }
  std::string text = table(head, rows);
  text += fmt::format("hypervolume {:.4f}, a share of the box up to", front.hypervolume);
  for (std::size_t i = 0; i < front.objectives.list.size(); ++i)
    text += fmt::format("{} {} {}", i == 0 ? "" : ",", front.objectives.list[i].metric,
                        metric_text(front.objectives.list[i].metric, front.reference[i]));
  return text + "\n";
}

int search_and_report(const Experiment& experiment, const Arguments& arguments,
                      const std::filesystem::path& folder, bool create) {
  const auto data =
      prepare_data(experiment.data, data_root(arguments.value("data-root"), experiment.data.root),
                   experiment.seed);
  const auto space = make_space(experiment, data->sets.train);
  static_cast<void>(worker_count(experiment));  // refuse before a folder is made
  const InterruptGuard interrupt;               // before there is anything to interrupt
  search::Store store = open_store(folder, experiment, create);
  if (!create) store.set_fact("experiment", to_yaml(experiment));

  Progress progress{std::cerr, isatty(STDERR_FILENO) == 1, terminal_columns()};
  const auto end = run({.experiment = &experiment,
                        .data = data.get(),
                        .space = space.get(),
                        .watcher = &progress,
                        .stop = [] { return InterruptGuard::interrupted(); }},
                       store);
  const search::History history = store.history();
  std::cout << front_text(summarise_front(history, experiment.objectives, experiment.space.limits,
                                          store.finals(), experiment.final.start));
  if (end.stop == search::Stop::interrupted) {
    std::cerr << fmt::format("{}; everything so far is kept. To go on: lamarck resume {}\n",
                             end.reason, folder.string());
    return kInterrupted;
  }
  std::cerr << fmt::format(
      "the run is in {0}; the winner: lamarck export {0} --format onnx --output model.onnx\n",
      folder.string());
  return kDone;
}

}  // namespace lamarck::experiments
