#include "experiments/commands/shared.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <iostream>

#include "experiments/bounds.hpp"
#include "experiments/format.hpp"
#include "experiments/interrupt.hpp"
#include "experiments/progress.hpp"
#include "experiments/starts.hpp"
#include "kernels/error.hpp"

namespace lamarck::experiments {
namespace {

std::size_t terminal_columns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 100;
}

// `93.36 ± 0.02 % (2 seeds, 12 epochs)`
std::string final_text(const FinalScores& final) {
  const std::string lost = final.failed > 0 ? fmt::format("{} failed", final.failed) : "";
  if (final.seeds.empty()) return lost;
  const bool classes = final.mean.count("test_accuracy") > 0;
  const std::string metric = classes ? "test_accuracy" : "test_r2";
  const double scale = classes ? 100 : 1;
  const int digits = classes ? 2 : 4;
  std::string text = fmt::format("{:.{}f}", scale * final.mean.find(metric)->second, digits);
  if (const auto deviation = final.deviation.find(metric); deviation != final.deviation.end())
    text += fmt::format(" ± {:.{}f}", scale * deviation->second, digits);
  return text + fmt::format("{} ({} seed{}, {} epochs{}{})", classes ? " %" : "",
                            final.seeds.size(), final.seeds.size() == 1 ? "" : "s",
                            final.mean.find("epochs")->second, lost.empty() ? "" : ", ", lost);
}

std::filesystem::path root_of(const Experiment& experiment, const Arguments& arguments,
                              const std::optional<search::Store>& before) {
  // A run that goes on finds its data from any folder.
  const auto stored = before ? before->fact("data_root") : std::nullopt;
  return data_root(arguments.value("data-root"), stored.value_or(experiment.data.root));
}

// A new run makes the weights that it starts from its own, in `experiment` too.
// \throws IoError where the run began with other data
search::Store open_store(const std::filesystem::path& folder, Experiment& experiment,
                         const std::filesystem::path& root, const std::string& data_fingerprint,
                         bool create) {
  std::map<std::string, std::filesystem::path> files;
  if (create) files = adopt_start_weights(experiment.space, folder);
  auto facts = run_facts(experiment);
  facts["data_root"] = std::filesystem::absolute(root).string();
  facts["data_fingerprint"] = data_fingerprint;
  if (create) return search::Store::create(folder, facts, files);
  search::Store store = search::Store::open(folder);
  if (const auto began = store.fact("data_fingerprint");
      began && *began != facts["data_fingerprint"])
    throw IoError(fmt::format("{}: the {} {} in {} is not the one that this run began with",
                              folder.string(), experiment.table ? "table" : "data set",
                              experiment.table ? experiment.table->file : experiment.data.dataset,
                              root.string()));
  store.set_fact("data_root", facts["data_root"]);
  store.set_fact("experiment", to_yaml(experiment));
  return store;
}

}  // namespace

RunReader read_run(const std::filesystem::path& folder) {
  search::Store store = search::Store::read(folder);
  Experiment experiment = stored_experiment(store);
  search::History history = store.history();
  Front front = summarise_run(history, experiment, store.finals());
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
  if (front.members.empty()) return "no candidate is done that keeps every bound\n";
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
        cell = final_text(final);
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

int search_and_report(Experiment experiment, const Arguments& arguments,
                      const std::filesystem::path& folder, bool create) {
  std::optional<search::Store> before;
  if (!create) before = search::Store::read(folder);
  const auto root = root_of(experiment, arguments, before);
  before.reset();
  LoadedTable table;
  std::unique_ptr<PreparedData> data;
  std::unique_ptr<search::Space> space;
  if (experiment.table) {
    table = load_table(*experiment.table, experiment.objectives, root);
    check_halving(experiment, *table.table);
    space = std::move(table.space);
  } else {
    data = prepare_data(experiment.data, root, experiment.seed);
    check_objectives(experiment.objectives, data->sets.train);
    space = make_space(experiment, data->sets.train);
    check_start_weights(experiment.space, *data);
    if (const std::string unmet = unmet_bound(experiment.objectives, *space); !unmet.empty())
      std::cerr << "note: " << unmet << '\n';
  }
  // Refuse before a folder is made.
  static_cast<void>(worker_count(experiment));
  static_cast<void>(finalists_at_once(experiment));
  if (data) check_memory(experiment, *data);
  watch_for_interrupts();  // before there is anything to interrupt
  search::Store store = open_store(folder, experiment, root,
                                   data ? fingerprint(data->sets) : table.fingerprint, create);

  Progress progress{std::cerr, isatty(STDERR_FILENO) == 1, terminal_columns()};
  const auto end = run({.experiment = &experiment,
                        .data = data.get(),
                        .table = table.table,
                        .space = space.get(),
                        .watcher = &progress,
                        .stop = interrupted},
                       store);
  const search::History history = store.history();
  const Front front = summarise_run(history, experiment, store.finals());
  std::cout << front_text(front);
  if (end.stop == search::Stop::interrupted) {
    std::cerr << fmt::format("{}; everything so far is kept. To go on: lamarck resume {}\n",
                             end.reason, folder.string());
    return kInterrupted;
  }
  if (const std::string why = failure(history); !why.empty()) {
    std::cerr << fmt::format("lamarck: {}: {}\n", folder.string(), why);
    return kFailed;
  }
  std::cerr << fmt::format("the run is in {}", folder.string());
  if (!front.members.empty() && !experiment.table)
    std::cerr << fmt::format("; the winner: lamarck export {} --format onnx --output model.onnx",
                             folder.string());
  std::cerr << '\n';
  return kDone;
}

}  // namespace lamarck::experiments
