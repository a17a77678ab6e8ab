// Networks that tests of edits have in common, and short ways to edit them.
#pragma once
#include <string>

#include "nn/edits/edit.hpp"
#include "nn/formats/architecture_yaml.hpp"

namespace lamarck::test {

/// The nodes of an architecture file, on an input of {2, 8, 8}.
inline nn::Architecture parse(const std::string& nodes) {
  return nn::architecture_from_yaml("input: {channels: 2, height: 8, width: 8}\nnodes:\n" + nodes);
}

/// Two convolutions, of 6 and 4 channels, and a dense head behind global pooling.
inline nn::Architecture two_convs() {
  return parse(
      "  - {id: a, conv: {out: 6}, norm: batch, act: relu}\n"
      "  - {id: b, conv: {out: 4}, act: relu}\n"
      "  - {id: pool, global_avg_pool: {}}\n"
      "  - {id: logits, dense: {out: 3}}\n");
}

/// `edited(model, "widen a to=8")`; the same for an architecture.
template <class T>
T edited(const T& subject, const std::string& text) {
  return nn::apply(subject, nn::edit_from_text(text));
}

}  // namespace lamarck::test
