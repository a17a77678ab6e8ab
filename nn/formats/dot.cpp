#include "nn/formats/dot.hpp"

#include <fmt/format.h>

#include "nn/costs.hpp"
#include "nn/detail/faults.hpp"
#include "nn/formats/architecture_yaml.hpp"

namespace lamarck::nn {

// Neither ids nor options hold quotes or backslashes (validate sees to it), so nothing is escaped.
std::string to_dot(const Architecture& architecture) {
  const auto shapes = infer_shapes(architecture);
  const auto costs = node_costs(architecture);
  std::string text =
      "digraph architecture {\n"
      "  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n";
  text += fmt::format("  \"{}\" [label=\"input\\n{}\", shape=ellipse];\n", kInput,
                      detail::text(architecture.input));
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const Node& node = architecture.nodes[i];
    std::string label =
        fmt::format("{}\\n{}\\n{}", node.id, to_text(node.op), detail::text(shapes[i]));
    if (costs[i].macs > 0) label += fmt::format("\\n{} MACs", costs[i].macs);
    if (costs[i].params > 0) label += fmt::format("\\n{} parameters", costs[i].params);
    text += fmt::format("  \"{}\" [label=\"{}\"];\n", node.id, label);
    for (const std::string& input : node.inputs)
      text += fmt::format("  \"{}\" -> \"{}\";\n", input, node.id);
  }
  return text + "}\n";
}

}  // namespace lamarck::nn
