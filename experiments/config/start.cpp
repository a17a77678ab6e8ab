// `space.start`: networks to start from. Built-in, from files, in place, or with their weights: the
// front of another run, or a model file.
#include <fmt/format.h>

#include "experiments/commands/shared.hpp"
#include "experiments/config/sections.hpp"
#include "kernels/error.hpp"
#include "nn/blocks.hpp"
#include "nn/formats/architecture_yaml.hpp"
#include "nn/formats/files.hpp"
#include "nn/formats/onnx.hpp"

namespace lamarck::experiments {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kAnySize = SIZE_MAX;
constexpr int kMost = 100'000;

bool is_model(std::string_view file) {
  return file.ends_with(".safetensors") || file.ends_with(".onnx");
}

// A model file with its weights or, `weights` false, as an architecture alone.
Start from_model(const nn::YamlNode& node, std::string name, std::string file,
                 const fs::path& folder, bool weights) {
  Start start{.name = std::move(name), .place = node.place()};
  const fs::path path = folder / file;
  if (!fs::is_regular_file(path)) node.fail("no file " + path.string());
  try {
    start.architecture = nn::load_any_model(path).model.architecture;
    if (weights)
      start.weights =
          StartWeights{.file = std::move(file),
                       .folder = folder,
                       .hash = fmt::format("{:016x}", stable_hash(nn::read_file(path, kAnySize)))};
  } catch (const IoError& error) {
    node.fail(error.what());
  }
  return start;
}

bool with_weights(const nn::YamlNode& node) {
  const auto weights = node.find("weights");
  return !weights || weights->boolean();
}

// `model: FILE`. With `network` it is one that this program has written out: the file need not be
// there to know what it holds.
Start read_model(const nn::YamlNode& node, const fs::path& folder) {
  node.only_keys({"model", "weights", "from", "hash", "network"});
  const auto model = node.at("model");
  const std::string file = model.text();
  const auto network = node.find("network");
  if (!network) {
    if (!is_model(file))
      model.fail(file +
                 ": a model is a .safetensors or .onnx file, such as `lamarck export RUN --format "
                 "safetensors` and `lamarck train` write");
    const auto from = node.find("from");
    return from_model(node, from ? from->text() : file, file, folder, with_weights(node));
  }
  Start start{.name = node.at("from").text(),
              .architecture = nn::architecture_from_yaml(*network),
              .place = node.place()};
  if (with_weights(node)) start.weights = StartWeights{file, folder, node.at("hash").text()};
  return start;
}

// Evenly along the front, both ends among them.
std::vector<std::size_t> chosen(const Front& front, std::size_t most) {
  std::vector<std::size_t> ids;
  const std::size_t members = front.members.size();
  const std::size_t wanted = std::min(most, members);
  for (std::size_t i = 0; i < wanted; ++i)
    ids.push_back(front.members[wanted == 1 ? 0 : i * (members - 1) / (wanted - 1)].id);
  return ids;
}

// `run: FOLDER`: its front as it stands, or the candidates of `id`. The folder is looked for as
// commands look for theirs.
struct OtherRun {
  fs::path folder;
  RunReader run;
  std::vector<std::size_t> ids;
};
OtherRun read_other_run(const nn::YamlNode& node, bool of_a_table) {
  const auto place = node.at("run");
  const fs::path folder = place.text();
  auto other = [&] {
    try {
      return read_run(folder);
    } catch (const IoError& error) {
      place.fail(error.what());
    }
  }();
  if (other.experiment.table.has_value() != of_a_table)
    place.fail(folder.string() + (of_a_table
                                      ? ": its candidates are networks, not entries of a table"
                                      : ": its candidates are entries of a table, not networks"));
  if (other.front.members.empty())
    place.fail(folder.string() +
               ": its front is empty: no candidate is done that keeps every "
               "bound");

  std::size_t most = kMost;
  set_integer(node, "most", most, 1, kMost);
  std::vector<std::size_t> ids = chosen(other.front, most);
  if (const auto id = node.find("id")) {
    if (node.find("most")) id->fail("`id` and `most` exclude each other");
    ids.clear();
    const auto add = [&](const nn::YamlNode& one) {
      try {
        ids.push_back(candidate_id(one.text(), other.history));
      } catch (const ConfigError& error) {
        one.fail(folder.string() + ": " + error.what());
      }
    };
    if (id->is_list())
      for (const auto& one : id->items()) add(one);
    else
      add(*id);
  }
  return {folder, std::move(other), std::move(ids)};
}

std::vector<Start> read_run_starts(const nn::YamlNode& node) {
  node.only_keys({"run", "id", "most", "weights"});
  const bool weights = with_weights(node);
  const auto [folder, other, ids] = read_other_run(node, false);
  std::vector<Start> starts;
  for (const std::size_t id : ids) {
    std::string name = fmt::format("{} #{}", folder.string(), id);
    if (!weights) {
      starts.push_back(
          {.name = std::move(name),
           .architecture = nn::architecture_from_yaml(other.history.proposal(id).genome.text, name),
           .place = node.place()});
      continue;
    }
    const auto* result = other.history.result(id);
    const std::size_t holder = result && result->duplicate_of ? *result->duplicate_of : id;
    const fs::path file = fs::absolute(other.store.weights_path(holder)).lexically_normal();
    if (!fs::exists(file))
      node.fail(
          fmt::format("{}: its weights are not kept (those of the front and of possible "
                      "parents are); `weights: false` takes the network alone",
                      name));
    starts.push_back(from_model(node, std::move(name), file.string(), {}, true));
  }
  return starts;
}

std::vector<Start> read_one(const nn::YamlNode& node, const fs::path& folder) {
  if (node.is_map()) {
    if (node.find("run")) return read_run_starts(node);
    if (node.find("model")) return {read_model(node, folder)};
    return {{.name = node.path(),
             .architecture = nn::architecture_from_yaml(node),
             .place = node.place()}};
  }
  const std::string name = node.text();
  if (is_model(name)) return {from_model(node, name, name, folder, true)};
  if (!name.ends_with(".yaml") && !name.ends_with(".yml"))
    return {{.name = node.choice(nn::built_in_names()), .place = node.place()}};
  const fs::path file = folder / name;
  if (!fs::exists(file)) node.fail("no file " + file.string());
  return {{.name = name, .architecture = nn::load_architecture(file), .place = node.place()}};
}

}  // namespace

std::vector<std::string> read_run_genomes(const nn::YamlNode& node) {
  node.only_keys({"run", "id", "most"});
  const auto [folder, other, ids] = read_other_run(node, true);
  std::vector<std::string> genomes;
  for (const std::size_t id : ids) genomes.push_back(other.history.proposal(id).genome.text);
  return genomes;
}

std::vector<Start> read_starts(const nn::YamlNode& node, const fs::path& folder) {
  if (!node.is_list()) return read_one(node, folder);
  std::vector<Start> starts;
  for (const auto& item : node.items())
    for (Start& start : read_one(item, folder)) starts.push_back(std::move(start));
  if (starts.empty()) node.fail("at least one network to start from is needed");
  return starts;
}

}  // namespace lamarck::experiments
