// An architecture as readable text: stable, and round-tripping (from_yaml(to_yaml(a)) == a).
//
//   input: {channels: 1, height: 28, width: 28}      # a vector: {channels: 20}
//   nodes:
//     - {id: stem, conv: {out: 16, kernel: 3}, norm: batch, act: relu}
//     - {id: down, conv: {out: 16, kernel: [3, 5], stride: 2, pad: 1, dilation: 1, groups: 4, bias:
//     true}}
//     - {id: side, from: stem, max_pool: {kernel: 2, stride: 2, pad: 0}}        # or avg_pool
//     - {id: a, add: [down, side], act: relu}
//     - {id: b, concat: [a, side]}
//     - {id: c, global_avg_pool: {}}
//     - {id: d, scale: {}, from: [b, c]}             # one input: {init: 0.5} is the gate's start
//     - {id: e, activation: silu}
//     - {id: f, batch_norm: {}, act: relu}
//     - {id: g, dropout: {rate: 0.5}}
//     - {id: h, flatten: {}}
//     - {id: i, dense: {out: 10, bias: false}, norm: batch, act: relu}
//     - {id: j, softmax: {}}
//   train: {optimizer: adam, rate: 0.5, weight_decay: 2, label_smoothing: 0.1}  # optional genes
//
// A node reads the one before it (the first one the network's input, `input`) unless `from` names
// others; add and concat list their inputs. Sizes are one number or [height, width]. `pad` is
// `same` (the default of conv), a number, [height, width] or [top, left, bottom, right].
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "nn/architecture.hpp"
#include "nn/formats/yaml.hpp"

namespace lamarck::nn {

/// Flow-style nodes, one a line; options at their defaults are left out (but `out` and `kernel`);
/// inputs are named unless they are just the node before.
[[nodiscard]] std::string to_yaml(const Architecture& architecture);
/// What stands in the node's braces beside id and inputs: `conv: {out: 16, kernel: 3}, act: relu`;
/// of add and concat, without their lists: `add, act: relu`.
[[nodiscard]] std::string to_text(const Operation& operation);
/// \throws ConfigError with the place, for text that is no valid architecture
[[nodiscard]] Architecture architecture_from_yaml(std::string_view text,
                                                  const std::string& source = "architecture");
[[nodiscard]] Architecture architecture_from_yaml(const YamlNode& node);
/// \throws also IoError where the file cannot be read
[[nodiscard]] Architecture load_architecture(const std::filesystem::path& file);

}  // namespace lamarck::nn
