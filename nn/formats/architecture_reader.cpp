#include <fmt/format.h>

#include <climits>

#include "nn/detail/faults.hpp"
#include "nn/formats/architecture_yaml.hpp"

namespace lamarck::nn {
namespace {

using Keys = std::vector<std::string>;

int integer(const YamlNode& node, int low) { return static_cast<int>(node.integer(low, INT_MAX)); }

/// One number for both, or [height, width].
Extent extent(const YamlNode& node, int low = 1) {
  if (!node.is_list()) {
    const int size = integer(node, low);
    return {size, size};
  }
  const auto items = node.items();
  if (items.size() != 2)
    node.fail(fmt::format("expected a number or [height, width], found {} items", items.size()));
  return {integer(items[0], low), integer(items[1], low)};
}

Padding pad(const YamlNode& node) {
  if (node.is_list()) {
    const auto items = node.items();
    if (items.size() == 4)
      return {integer(items[0], 0), integer(items[1], 0), integer(items[2], 0),
              integer(items[3], 0)};
    if (items.size() != 2)
      node.fail(fmt::format(
          "expected a number, [height, width] or [top, left, bottom, right], found {} items",
          items.size()));
  }
  const Extent both = extent(node, 0);
  return {.top = both.height, .left = both.width, .bottom = both.height, .right = both.width};
}

Activation activation(const YamlNode& node) {
  Keys names;
  for (const Activation act : kernels::all_activations()) names.emplace_back(name(act));
  return *kernels::activation_named(node.choice(names));
}

/// The options of an operation; nothing at all means none.
class Options {
 public:
  Options(YamlNode node, const Keys& allowed) : node_{std::move(node)} {
    if (!node_.is_null()) node_.only_keys(allowed);
  }
  [[nodiscard]] std::optional<YamlNode> find(std::string_view key) const {
    return node_.is_null() ? std::nullopt : node_.find(key);
  }
  [[nodiscard]] YamlNode at(std::string_view key) const {
    if (node_.is_null()) node_.fail(fmt::format("the key {} is missing", key));
    return node_.at(key);
  }
  void read(std::string_view key, Extent& into) const {
    if (const auto found = find(key)) into = extent(*found);
  }
  void read(std::string_view key, std::optional<bool>& into) const {
    if (const auto found = find(key)) into = found->boolean();
  }

 private:
  YamlNode node_;
};

/// `norm` and `act` stand beside the operation.
Norm norm(const YamlNode& node) {
  const auto found = node.find("norm");
  return found && found->choice({"none", "batch"}) == "batch" ? Norm::batch : Norm::none;
}
Activation act(const YamlNode& node) {
  const auto found = node.find("act");
  return found ? activation(*found) : Activation::identity;
}

Operation read_conv(const YamlNode& node, const YamlNode& value) {
  const Options options{value, {"out", "kernel", "stride", "pad", "dilation", "groups", "bias"}};
  Conv conv{.out = integer(options.at("out"), 1), .norm = norm(node), .act = act(node)};
  options.read("kernel", conv.kernel);
  options.read("stride", conv.stride);
  options.read("dilation", conv.dilation);
  options.read("bias", conv.bias);
  if (const auto groups = options.find("groups")) conv.groups = integer(*groups, 1);
  if (const auto found = options.find("pad"); found) {
    const bool word = found->is_scalar() && found->text() == "same";
    if (!word) conv.pad = pad(*found);
  }
  return conv;
}

Operation read_dense(const YamlNode& node, const YamlNode& value) {
  const Options options{value, {"out", "bias"}};
  Dense dense{.out = integer(options.at("out"), 1), .norm = norm(node), .act = act(node)};
  options.read("bias", dense.bias);
  return dense;
}

template <class Pool>
Operation read_pool(const YamlNode&, const YamlNode& value) {
  const Options options{value, {"kernel", "stride", "pad"}};
  Pool pool;
  options.read("kernel", pool.kernel);
  if (const auto stride = options.find("stride")) pool.stride = extent(*stride);
  if (const auto found = options.find("pad")) pool.pad = pad(*found);
  return pool;
}

Operation read_scale(const YamlNode&, const YamlNode& value) {
  const Options options{value, {"init"}};
  Scale scale;
  if (const auto init = options.find("init")) scale.init = static_cast<float>(init->number());
  return scale;
}

Operation read_dropout(const YamlNode&, const YamlNode& value) {
  const Options options{value, {"rate"}};
  Dropout dropout;
  if (const auto rate = options.find("rate")) dropout.rate = static_cast<float>(rate->number(0, 1));
  return dropout;
}

template <class Plain>
Operation read_plain(const YamlNode&, const YamlNode& value) {
  const Options none{value, {}};
  return Plain{};
}

/// A row for each operation: its key, and which keys may stand beside it.
struct Row {
  const char* key;
  Operation (*read)(const YamlNode& node, const YamlNode& value);
  bool act = false, norm = false;
  bool lists_inputs = false;  ///< as its value, instead of `from`
};
constexpr Row kRows[] = {
    {"conv", read_conv, true, true},
    {"dense", read_dense, true, true},
    {"max_pool", read_pool<MaxPool>},
    {"avg_pool", read_pool<AvgPool>},
    {"global_avg_pool", read_plain<GlobalAvgPool>},
    {"add", [](const YamlNode& node, const YamlNode&) { return Operation{Add{act(node)}}; }, true,
     false, true},
    {"concat", [](const YamlNode&, const YamlNode&) { return Operation{Concat{}}; }, false, false,
     true},
    {"scale", read_scale},
    {"activation",
     [](const YamlNode&, const YamlNode& value) { return Operation{Activate{activation(value)}}; }},
    {"batch_norm",
     [](const YamlNode& node, const YamlNode& value) {
       const Options none{value, {}};
       return Operation{BatchNorm{act(node)}};
     },
     true},
    {"dropout", read_dropout},
    {"flatten", read_plain<Flatten>},
    {"softmax", read_plain<Softmax>}};
static_assert(std::size(kRows) == std::variant_size_v<Operation>);

std::vector<std::string> ids(const YamlNode& node) {
  if (!node.is_list()) return {node.text()};
  std::vector<std::string> found;
  for (const YamlNode& item : node.items()) found.push_back(item.text());
  return found;
}

/// The row of the one operation that the node names.
const Row& row_of(const YamlNode& node) {
  Keys all{"id", "from", "norm", "act"};
  const Row* found = nullptr;
  for (const Row& row : kRows) {
    all.emplace_back(row.key);
    if (!node.find(row.key)) continue;
    if (found) node.fail(fmt::format("two operations, {} and {}", found->key, row.key));
    found = &row;
  }
  node.only_keys(all);
  if (!found) {
    const Keys names(all.begin() + 4, all.end());
    node.fail(fmt::format("no operation; there are {}", fmt::join(names, ", ")));
  }
  return *found;
}

Node read_node(const YamlNode& node, const std::string& before) {
  if (!node.is_map()) node.fail("expected a node such as {id: a, conv: {out: 16, kernel: 3}}");
  const Row& row = row_of(node);
  const auto refuse = [&](const char* key, bool wanted) {
    if (const auto found = node.find(key); found && !wanted)
      found->fail(fmt::format("{} takes none", row.key));
  };
  refuse("norm", row.norm);
  refuse("act", row.act);
  const YamlNode value = node.at(row.key);
  Node read{.id = node.at("id").text(), .op = row.read(node, value), .inputs = {before}};
  const auto from = node.find("from");
  if (row.lists_inputs) {
    if (from) from->fail(fmt::format("{} lists its inputs itself: {}: [a, b]", row.key, row.key));
    if (!value.is_list()) value.fail("expected a list of ids such as [a, b]");
    read.inputs = ids(value);
  } else if (from) {
    read.inputs = ids(*from);
  }
  return read;
}

TrainingGenes read_genes(const YamlNode& node) {
  node.only_keys({"optimizer", "rate", "weight_decay", "label_smoothing"});
  TrainingGenes genes;
  if (const auto found = node.find("optimizer"))
    genes.optimizer = found->choice({"sgd", "adam", "adamw", "rmsprop"});
  if (const auto found = node.find("rate")) {
    genes.rate = found->number(0, 100);
    if (*genes.rate == 0) found->fail("must be above 0, found 0");
  }
  if (const auto found = node.find("weight_decay")) genes.weight_decay = found->number(0, 100);
  if (const auto found = node.find("label_smoothing"))
    genes.label_smoothing = found->number(0, 0.5);
  return genes;
}

Shape read_input(const YamlNode& node) {
  node.only_keys({"channels", "height", "width"});
  const auto size = [&](const char* key) {
    const auto found = node.find(key);
    return found ? integer(*found, 1) : 1;
  };
  return {integer(node.at("channels"), 1), size("height"), size("width")};
}

}  // namespace

Architecture architecture_from_yaml(const YamlNode& node) {
  node.only_keys({"input", "nodes", "train"});
  Architecture architecture{.input = read_input(node.at("input")), .nodes = {}};
  const YamlNode list = node.at("nodes");
  const auto items = list.items();
  std::string before{kInput};
  for (const YamlNode& item : items) {
    architecture.nodes.push_back(read_node(item, before));
    before = architecture.nodes.back().id;
  }
  if (const auto genes = node.find("train")) architecture.genes = read_genes(*genes);
  if (const auto fault = detail::infer(architecture).fault)
    (fault->node ? items[*fault->node] : list).fail(fault->text);
  return architecture;
}

Architecture architecture_from_yaml(std::string_view text, const std::string& source) {
  return architecture_from_yaml(YamlNode::parse(text, source));
}

Architecture load_architecture(const std::filesystem::path& file) {
  return architecture_from_yaml(YamlNode::load(file));
}

}  // namespace lamarck::nn
