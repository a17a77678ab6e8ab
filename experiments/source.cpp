#include "experiments/source.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

#include "experiments/commands/shared.hpp"
#include "kernels/error.hpp"
#include "nn/blocks.hpp"
#include "nn/formats/architecture_yaml.hpp"

namespace lamarck::experiments {
namespace {

nn::Metadata run_metadata(const RunReader& run, std::size_t id) {
  nn::Metadata metadata{{"run", run.experiment.name}, {"candidate", std::to_string(id)}};
  // From the start network on: `#0 start > #4 mutate: widen stem ... > #9 crossover with #7: ...`.
  std::string lineage;
  for (std::size_t at = id;;) {
    const auto& proposal = run.history.proposal(at);
    std::string step = fmt::format("#{} {}", at, proposal.origin);
    if (proposal.parents.size() > 1) step += fmt::format(" with #{}", proposal.parents[1]);
    if (!proposal.edits.empty()) step += fmt::format(": {}", fmt::join(proposal.edits, "; "));
    lineage = step + (lineage.empty() ? "" : " > ") + lineage;
    if (proposal.parents.empty()) break;
    at = proposal.parents.front();
  }
  metadata["lineage"] = lineage;
  if (const auto* result = run.history.result(id))
    for (const auto& [name, value] : result->metrics) metadata[name] = fmt::format("{}", value);
  return metadata;
}

NetworkSource from_run(const std::string& folder, const std::string& text, bool weights) {
  const RunReader run = read_run(folder);
  if (text.empty() && run.front.members.empty())
    throw ConfigError(folder + ": no candidate is done yet");
  if (run.experiment.table)
    throw ConfigError(folder + ": its candidates are entries of a table, not networks");
  const std::size_t id =
      text.empty() ? run.front.members.front().id : candidate_id(text, run.history);
  NetworkSource source{fmt::format("{} #{}", folder, id),
                       nn::architecture_from_yaml(run.history.proposal(id).genome.text, "genome"),
                       std::nullopt, run.store.fact("data_root").value_or("")};
  if (!weights) return source;
  source.model = nn::load_model(best_weights(run, id));
  source.model->metadata.merge(run_metadata(run, id));
  source.architecture = source.model->model.architecture;
  return source;
}

NetworkSource find(const std::string& what, const std::string& id, nn::Shape input, int outputs,
                   bool weights) {
  namespace fs = std::filesystem;
  if (fs::is_directory(what)) return from_run(what, id, weights);
  if (!id.empty())
    throw ConfigError(fmt::format("{}: an id ({}) goes with a run folder", what, id));
  if (what.ends_with(".safetensors")) {
    nn::ModelFile file = nn::load_model(what);
    nn::Architecture architecture = file.model.architecture;
    return {what, std::move(architecture), std::move(file), ""};
  }
  if (what.ends_with(".yaml") || what.ends_with(".yml"))
    return {what, nn::load_architecture(what), std::nullopt, ""};
  for (const auto& name : nn::built_in_names())
    if (name == what) return {what, nn::built_in(what, input, outputs), std::nullopt, ""};
  throw ConfigError(
      fmt::format("{}: no run folder, .safetensors or .yaml file of this name, and no built-in "
                  "network (there are {})",
                  what, fmt::join(nn::built_in_names(), ", ")));
}

}  // namespace

NetworkSource find_network(const std::string& what, const std::string& id, nn::Shape input,
                           int outputs) {
  return find(what, id, input, outputs, false);
}

NetworkSource find_model(const std::string& what, const std::string& id) {
  NetworkSource source = find(what, id, {1, 28, 28}, 10, true);
  if (!source.model)
    throw ConfigError(what + ": an architecture without weights; train it first (lamarck train)");
  return source;
}

nn::Shape shape_from_text(const std::string& text) {
  nn::Shape shape;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto read = [&](int& number, bool last) {
    const auto [next, error] = std::from_chars(at, end, number);
    const bool fine =
        error == std::errc{} && number >= 1 && (last ? next == end : next != end && *next == 'x');
    at = last ? next : next + 1;
    return fine;
  };
  if (!read(shape.channels, false) || !read(shape.height, false) || !read(shape.width, true))
    throw ConfigError(fmt::format(
        "'{}': expected CHANNELSxHEIGHTxWIDTH, such as 3x32x32, each from 1 to 2147483647", text));
  return shape;
}

}  // namespace lamarck::experiments
