// train_genes NAME=VALUE: how the network likes to be trained. `none` takes the experiment's word
// again. One gene an edit; the function stays.
#include <charconv>

#include "nn/edits/detail/arguments.hpp"
#include "nn/edits/detail/kinds.hpp"
#include "nn/edits/detail/rewire.hpp"

namespace lamarck::nn::detail {
namespace {

constexpr double kLow = 0.0625, kHigh = 16;  // of the factors on rate and weight decay

std::string text_of(const std::optional<double>& value) {
  if (!value) return "none";
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, *value).ptr};
}

void apply(Architecture& architecture, Weights*, const Edit& edit) {
  if (!edit.site.empty()) refuse(edit, "genes belong to no node");
  if (edit.args.size() != 1)
    refuse(edit, "expected one gene: optimizer, rate, weight_decay or label_smoothing");
  const auto& [name, value] = *edit.args.begin();
  const auto number = [&]() -> std::optional<double> {
    if (value == "none") return std::nullopt;
    return number_argument(edit, name, 0);
  };
  change_graph(architecture, edit, [&](Architecture& changed) {
    if (name == "rate")
      changed.genes.rate = number();
    else if (name == "weight_decay")
      changed.genes.weight_decay = number();
    else if (name == "label_smoothing")
      changed.genes.label_smoothing = number();
    else if (name == "optimizer")
      changed.genes.optimizer = value == "none" ? std::nullopt : std::optional{value};
    else
      refuse(edit, "there is no gene " + name);
  });
}

std::vector<Edit> sites(const Architecture& architecture, const SiteOptions&) {
  std::vector<Edit> edits;
  const TrainingGenes& genes = architecture.genes;
  const auto add = [&](const std::string& name, const std::string& value) {
    edits.push_back({.kind = "train_genes", .site = "", .args = {{name, value}}});
  };
  const auto factors = [&](const std::string& name, const std::optional<double>& now) {
    const double value = now.value_or(1.0);
    if (value == 0) return add(name, "1");  // no factor leads away from zero
    if (value / 2 >= kLow) add(name, text_of(value / 2));
    if (value * 2 <= kHigh) add(name, text_of(value * 2));
  };
  factors("rate", genes.rate);
  factors("weight_decay", genes.weight_decay);
  for (const double smoothing : {0.0, 0.05, 0.1})
    if (genes.label_smoothing != smoothing) add("label_smoothing", text_of(smoothing));
  for (const char* optimizer : {"sgd", "adamw"})
    if (genes.optimizer != optimizer) add("optimizer", optimizer);
  return edits;
}

std::optional<Edit> inverse(const Architecture& before, const Edit& edit) {
  const TrainingGenes& genes = before.genes;
  const std::string& name = edit.args.begin()->first;
  Edit back{.kind = "train_genes", .site = ""};
  if (name == "rate") back.args[name] = text_of(genes.rate);
  if (name == "weight_decay") back.args[name] = text_of(genes.weight_decay);
  if (name == "label_smoothing") back.args[name] = text_of(genes.label_smoothing);
  if (name == "optimizer") back.args[name] = genes.optimizer.value_or("none");
  return back;
}

}  // namespace

const EditKind kTrainGenes{
    "train_genes", "optimiser, learning rate, weight decay or label smoothing",
    Effect::equal, sites,
    apply,         inverse};

}  // namespace lamarck::nn::detail
