// An ONNX graph in the making: values, nodes and weights with unique names.
//
// A value is an image {batch, c, h, w} or flat {batch, c}; each is turned into the other where an
// operation asks, once.
#pragma once
#include <onnx/onnx_pb.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lamarck::nn::detail {

struct OnnxValue {
  std::string name;
  bool flat = false;
};

using OnnxIntegers = std::vector<std::int64_t>;
using OnnxAttribute = std::pair<const char*, std::variant<std::int64_t, float, OnnxIntegers>>;

class OnnxGraph {
 public:
  /// Names in `reserved` are given to nothing.
  OnnxGraph(onnx::GraphProto& graph, std::set<std::string> reserved);

  /// `wanted`, or the first of `wanted_2`, `wanted_3`, ... that is free.
  std::string unique(const std::string& wanted);
  /// Adds a node with one output, named after `wanted`. \returns the output's name
  std::string add(const char* type, const std::vector<std::string>& inputs,
                  const std::string& wanted, const std::vector<OnnxAttribute>& attributes = {});
  std::string weight(const std::string& wanted, const OnnxIntegers& shape,
                     std::span<const float> values);
  /// A scalar, one for all that use this number.
  std::string scalar(float value);

  [[nodiscard]] std::string image(const OnnxValue& value);
  [[nodiscard]] std::string flat(const OnnxValue& value);

  /// Calls a value `to` wherever it is written or read.
  void rename(const std::string& from, const std::string& to);

 private:
  onnx::GraphProto& graph_;
  std::set<std::string> names_;
  std::map<float, std::string> scalars_;
  std::map<std::string, std::string> images_, flats_;  ///< of flat values and of images
};

}  // namespace lamarck::nn::detail
