// A slow, independent reference: runs an architecture node by node, in double, by the formulas in
// nn/architecture.hpp. Nothing of nn/network or of the kernels is used but the activations' names.
#pragma once
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "nn/model.hpp"

namespace lamarck::test {

/// {n, c, h, w}, row-major, in double.
struct Grid {
  int n = 0, c = 0, h = 0, w = 0;
  std::vector<double> data = {};

  Grid() = default;
  Grid(int n_, int c_, int h_, int w_, double value = 0)
      : n{n_}, c{c_}, h{h_}, w{w_}, data(static_cast<std::size_t>(1) * n_ * c_ * h_ * w_, value) {}
  [[nodiscard]] std::size_t at(int i, int k, int y, int x) const {
    return ((static_cast<std::size_t>(i) * c + k) * h + y) * w + x;
  }
  [[nodiscard]] double* plane(int i, int k) { return &data[at(i, k, 0, 0)]; }
  [[nodiscard]] const double* plane(int i, int k) const { return &data[at(i, k, 0, 0)]; }
  [[nodiscard]] int pixels() const { return h * w; }
};

/// Of one channel over a batch; the variance is biased.
struct BatchStatistics {
  std::vector<double> mean, variance;
};

class Interpreter {
 public:
  explicit Interpreter(const nn::Model& model) : architecture_{model.architecture} {
    for (const auto& [key, tensor] : model.weights)
      weights[key].assign(tensor.data.begin(), tensor.data.end());
  }

  std::map<std::string, std::vector<double>> weights;  ///< by the model's keys
  /// Normalise with the statistics of the batch, and note them. Dropout is not drawn: refused.
  bool training = false;
  double epsilon = 1e-5;
  std::map<std::string, BatchStatistics> statistics;  ///< by node, of the last training run
  std::map<std::string, Grid> values;                 ///< by node, of the last run

  /// Values of the last node.
  const Grid& run(const Grid& input) {
    values.clear();
    values[std::string{nn::kInput}] = input;
    for (const nn::Node& node : architecture_.nodes) {
      std::vector<const Grid*> inputs;
      for (const std::string& id : node.inputs) inputs.push_back(&values.at(id));
      Grid out = std::visit([&](const auto& op) { return apply(node.id, op, inputs); }, node.op);
      values[node.id] = std::move(out);
    }
    return values.at(architecture_.nodes.back().id);
  }

 private:
  using Inputs = std::vector<const Grid*>;

  [[nodiscard]] static double activated(nn::Activation act, double x) {
    switch (act) {
      case nn::Activation::identity:
        return x;
      case nn::Activation::relu:
        return x > 0 ? x : 0;
      case nn::Activation::relu6:
        return std::fmin(std::fmax(x, 0), 6);
      case nn::Activation::leaky_relu:
        return x > 0 ? x : 0.01 * x;
      case nn::Activation::elu:
        return x > 0 ? x : std::expm1(x);
      case nn::Activation::gelu:
        return x * 0.5 * std::erfc(-x / std::sqrt(2.0));
      case nn::Activation::silu:
        return x / (1 + std::exp(-x));
      case nn::Activation::hard_swish:
        return x * std::fmin(std::fmax(x + 3, 0), 6) / 6;
      case nn::Activation::sigmoid:
        return 1 / (1 + std::exp(-x));
      case nn::Activation::tanh:
        return std::tanh(x);
    }
    throw std::invalid_argument("interpreter: an activation it does not know");
  }
  static Grid activated(nn::Activation act, Grid grid) {
    if (act == nn::Activation::identity) return grid;
    for (double& x : grid.data) x = activated(act, x);
    return grid;
  }

  Grid normalised(const std::string& id, Grid grid) {
    const auto& scale = weights.at(id + ".norm.scale");
    const auto& shift = weights.at(id + ".norm.shift");
    BatchStatistics used{weights.at(id + ".norm.mean"), weights.at(id + ".norm.variance")};
    if (training) {
      used = batch_statistics(grid);
      statistics[id] = used;
    }
    for (int i = 0; i < grid.n; ++i)
      for (int k = 0; k < grid.c; ++k) {
        const auto at = static_cast<std::size_t>(k);
        const double factor = scale[at] / std::sqrt(used.variance[at] + epsilon);
        double* plane = grid.plane(i, k);
        for (int p = 0; p < grid.pixels(); ++p)
          plane[p] = (plane[p] - used.mean[at]) * factor + shift[at];
      }
    return grid;
  }

  static BatchStatistics batch_statistics(const Grid& grid) {
    BatchStatistics result;
    const double count = 1.0 * grid.n * grid.pixels();
    for (int k = 0; k < grid.c; ++k) {
      double sum = 0;
      for (int i = 0; i < grid.n; ++i)
        for (int p = 0; p < grid.pixels(); ++p) sum += grid.plane(i, k)[p];
      const double mean = sum / count;
      double squares = 0;
      for (int i = 0; i < grid.n; ++i)
        for (int p = 0; p < grid.pixels(); ++p) squares += std::pow(grid.plane(i, k)[p] - mean, 2);
      result.mean.push_back(mean);
      result.variance.push_back(squares / count);
    }
    return result;
  }

  template <class Op>
  Grid finished(const std::string& id, const Op& op, Grid linear) {
    if (op.norm == nn::Norm::batch) linear = normalised(id, std::move(linear));
    return activated(op.act, std::move(linear));
  }

  Grid apply(const std::string& id, const nn::Conv& op, const Inputs& in) {
    const Grid& src = *in[0];
    const int extent_h = op.dilation.height * (op.kernel.height - 1);
    const int extent_w = op.dilation.width * (op.kernel.width - 1);
    const nn::Padding pad = op.pad.value_or(
        nn::Padding{extent_h / 2, extent_w / 2, extent_h - extent_h / 2, extent_w - extent_w / 2});
    const int group_in = src.c / op.groups;
    const int group_out = op.out / op.groups;
    const bool bias = op.bias.value_or(op.norm == nn::Norm::none);
    const auto& weight = weights.at(id + ".weight");
    Grid dst(src.n, op.out, (src.h + pad.top + pad.bottom - extent_h - 1) / op.stride.height + 1,
             (src.w + pad.left + pad.right - extent_w - 1) / op.stride.width + 1);
    for (int i = 0; i < dst.n; ++i)
      for (int o = 0; o < dst.c; ++o)
        for (int y = 0; y < dst.h; ++y)
          for (int x = 0; x < dst.w; ++x) {
            double sum = bias ? weights.at(id + ".bias")[static_cast<std::size_t>(o)] : 0;
            for (int k = 0; k < group_in; ++k) {
              const double* plane = src.plane(i, o / group_out * group_in + k);
              for (int r = 0; r < op.kernel.height; ++r) {
                const int from_y = y * op.stride.height - pad.top + r * op.dilation.height;
                if (from_y < 0 || from_y >= src.h) continue;
                for (int s = 0; s < op.kernel.width; ++s) {
                  const int from_x = x * op.stride.width - pad.left + s * op.dilation.width;
                  if (from_x < 0 || from_x >= src.w) continue;
                  const std::size_t at =
                      ((static_cast<std::size_t>(o) * group_in + k) * op.kernel.height + r) *
                          op.kernel.width +
                      s;
                  sum += weight[at] * plane[from_y * src.w + from_x];
                }
              }
            }
            dst.data[dst.at(i, o, y, x)] = sum;
          }
    return finished(id, op, std::move(dst));
  }

  Grid apply(const std::string& id, const nn::Dense& op, const Inputs& in) {
    const Grid& src = *in[0];
    const bool bias = op.bias.value_or(op.norm == nn::Norm::none);
    const auto& weight = weights.at(id + ".weight");
    const std::size_t size = src.data.size() / static_cast<std::size_t>(src.n);
    Grid dst(src.n, op.out, 1, 1);
    for (int i = 0; i < dst.n; ++i)
      for (int o = 0; o < op.out; ++o) {
        double sum = bias ? weights.at(id + ".bias")[static_cast<std::size_t>(o)] : 0;
        const double* row = &weight[static_cast<std::size_t>(o) * size];
        for (std::size_t k = 0; k < size; ++k)
          sum += row[k] * src.data[static_cast<std::size_t>(i) * size + k];
        dst.data[dst.at(i, o, 0, 0)] = sum;
      }
    return finished(id, op, std::move(dst));
  }

  static Grid pooled(const Grid& src, bool max, nn::Extent kernel, nn::Extent stride,
                     nn::Padding pad) {
    Grid dst(src.n, src.c, (src.h + pad.top + pad.bottom - kernel.height) / stride.height + 1,
             (src.w + pad.left + pad.right - kernel.width) / stride.width + 1);
    for (int i = 0; i < dst.n; ++i)
      for (int k = 0; k < dst.c; ++k)
        for (int y = 0; y < dst.h; ++y)
          for (int x = 0; x < dst.w; ++x) {
            double sum = 0;
            double largest = -std::numeric_limits<double>::infinity();
            int count = 0;
            for (int r = 0; r < kernel.height; ++r)
              for (int s = 0; s < kernel.width; ++s) {
                const int from_y = y * stride.height - pad.top + r;
                const int from_x = x * stride.width - pad.left + s;
                if (from_y < 0 || from_y >= src.h || from_x < 0 || from_x >= src.w) continue;
                const double value = src.plane(i, k)[from_y * src.w + from_x];
                sum += value;
                largest = std::fmax(largest, value);
                ++count;
              }
            dst.data[dst.at(i, k, y, x)] = max ? largest : sum / count;
          }
    return dst;
  }
  Grid apply(const std::string&, const nn::MaxPool& op, const Inputs& in) {
    return pooled(*in[0], true, op.kernel, op.stride.value_or(op.kernel), op.pad);
  }
  Grid apply(const std::string&, const nn::AvgPool& op, const Inputs& in) {
    return pooled(*in[0], false, op.kernel, op.stride.value_or(op.kernel), op.pad);
  }
  Grid apply(const std::string&, const nn::GlobalAvgPool&, const Inputs& in) {
    return pooled(*in[0], false, {in[0]->h, in[0]->w}, {1, 1}, {});
  }

  Grid apply(const std::string&, const nn::Add& op, const Inputs& in) {
    Grid dst = *in[0];
    for (std::size_t k = 1; k < in.size(); ++k)
      for (std::size_t i = 0; i < dst.data.size(); ++i) dst.data[i] += in[k]->data[i];
    return activated(op.act, std::move(dst));
  }

  Grid apply(const std::string&, const nn::Concat&, const Inputs& in) {
    Grid dst = *in[0];
    dst.data.clear();
    dst.c = 0;
    for (const Grid* src : in) dst.c += src->c;
    for (int i = 0; i < dst.n; ++i)
      for (const Grid* src : in)
        dst.data.insert(dst.data.end(), src->plane(i, 0),
                        src->plane(i, 0) + static_cast<std::ptrdiff_t>(src->c) * src->pixels());
    return dst;
  }

  Grid apply(const std::string& id, const nn::Scale&, const Inputs& in) {
    Grid dst = *in[0];
    for (int i = 0; i < dst.n; ++i)
      for (int k = 0; k < dst.c; ++k) {
        const double gate = in.size() == 2 ? in[1]->data[in[1]->at(i, k, 0, 0)]
                                           : weights.at(id + ".gate")[static_cast<std::size_t>(k)];
        for (int p = 0; p < dst.pixels(); ++p) dst.plane(i, k)[p] *= gate;
      }
    return dst;
  }

  Grid apply(const std::string&, const nn::Activate& op, const Inputs& in) {
    return activated(op.act, *in[0]);
  }
  Grid apply(const std::string& id, const nn::BatchNorm& op, const Inputs& in) {
    return activated(op.act, normalised(id, *in[0]));
  }
  Grid apply(const std::string&, const nn::Dropout& op, const Inputs& in) {
    if (training && op.rate > 0)
      throw std::invalid_argument("interpreter: dropout in training is random");
    return *in[0];
  }
  Grid apply(const std::string&, const nn::Flatten&, const Inputs& in) {
    Grid dst = *in[0];
    dst.c *= dst.pixels();
    dst.h = dst.w = 1;
    return dst;
  }
  Grid apply(const std::string&, const nn::Softmax&, const Inputs& in) {
    Grid dst = *in[0];
    for (int i = 0; i < dst.n; ++i) {
      double* row = dst.plane(i, 0);
      double largest = row[0];
      for (int k = 1; k < dst.c; ++k) largest = std::fmax(largest, row[k]);
      double sum = 0;
      for (int k = 0; k < dst.c; ++k) sum += row[k] = std::exp(row[k] - largest);
      for (int k = 0; k < dst.c; ++k) row[k] /= sum;
    }
    return dst;
  }

  nn::Architecture architecture_;
};

/// A grid of the numbers that a network is given or gives.
template <class Floats>
Grid to_grid(const Floats& numbers, int batch, nn::Shape shape) {
  Grid grid(batch, shape.channels, shape.height, shape.width);
  grid.data.assign(numbers.begin(), numbers.end());
  return grid;
}

}  // namespace lamarck::test
