// Each operation of an architecture as ONNX nodes.
#pragma once
#include "nn/formats/detail/onnx_graph.hpp"
#include "nn/model.hpp"

namespace lamarck::nn::detail {

class OnnxOperations {
 public:
  /// Holds references to all three.
  OnnxOperations(OnnxGraph& graph, const Model& model, bool fold_batch_norm);

  /// The node's nodes. `inputs` are the values of its inputs, in order.
  [[nodiscard]] OnnxValue emit(const Node& node, const std::vector<OnnxValue>& inputs);

 private:
  using Inputs = std::vector<OnnxValue>;
  OnnxValue emit(const Node& node, const Conv& conv, const Inputs& inputs);
  OnnxValue emit(const Node& node, const Dense& dense, const Inputs& inputs);
  OnnxValue emit(const Node& node, const MaxPool& pool, const Inputs& inputs);
  OnnxValue emit(const Node& node, const AvgPool& pool, const Inputs& inputs);
  OnnxValue emit(const Node& node, const GlobalAvgPool& pool, const Inputs& inputs);
  OnnxValue emit(const Node& node, const Add& add, const Inputs& inputs);
  OnnxValue emit(const Node& node, const Concat& concat, const Inputs& inputs);
  OnnxValue emit(const Node& node, const Scale& scale, const Inputs& inputs);
  OnnxValue emit(const Node& node, const Activate& activate, const Inputs& inputs);
  OnnxValue emit(const Node& node, const BatchNorm& norm, const Inputs& inputs);
  OnnxValue emit(const Node& node, const Dropout& dropout, const Inputs& inputs);
  OnnxValue emit(const Node& node, const Flatten& flatten, const Inputs& inputs);
  OnnxValue emit(const Node& node, const Softmax& softmax, const Inputs& inputs);

  /// Weight and bias of a conv or dense node, with its normalisation and that of a batch_norm node
  /// that alone reads it folded in where asked.
  struct Linear {
    Tensor weight;
    std::vector<float> bias;  ///< empty: none
  };
  [[nodiscard]] Linear linear(const Node& node, bool norm, Activation act);
  /// The node's names of weight and bias in the graph, after `input`.
  std::vector<std::string> linear_inputs(const Node& node, const std::string& input,
                                         const OnnxIntegers& shape, const Linear& parts);
  OnnxValue normalise(const Node& node, const OnnxValue& value);
  OnnxValue activate(const Node& node, Activation act, const OnnxValue& value);
  /// All as images, or all flat where all are.
  std::pair<std::vector<std::string>, bool> alike(const Inputs& inputs);
  [[nodiscard]] const Tensor& tensor(const Node& node, const char* part) const;

  OnnxGraph& graph_;
  const Model& model_;
  bool fold_;
  std::set<std::string, std::less<>>
      folded_;  ///< batch_norm nodes that are in the weights before them
};

}  // namespace lamarck::nn::detail
