// What lowering an operation needs: variables (tensors with a gradient to come), instructions in
// the current direction, parameters, and a tape of the backward pass.
//
// An operation is lowered by emitting its forward instructions and, in training, by leaving on the
// tape a function that emits its backward ones. The tape runs in reverse, so that by the time a
// variable's producer asks for its gradient all readers have given theirs.
//
// Thread safety: one thread at a time.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/batch_norm.hpp"
#include "nn/network/detail/parameters.hpp"
#include "nn/network/detail/program.hpp"
#include "nn/network/detail/run_state.hpp"

namespace lamarck::nn::detail {

/// A variable's index.
using Var = std::size_t;

/// A learnt tensor: where it lies, and where its gradient goes (training only).
struct Learnt {
  Value value, gradient;
};

/// A batch normalisation: of what, and its parameters.
struct NormOperands {
  Var input = 0;
  std::shared_ptr<const kernels::BatchNorm> kernel;
  Learnt scale_shift;
  Value running_mean, running_variance;
  bool learns = true;
};

class Builder {
 public:
  /// `channel_block`: channels side by side in images.
  Builder(const NetworkOptions& options, int channel_block, Program& program, Parameters& learnt,
          Parameters& statistics, const RunState& state);

  [[nodiscard]] const NetworkOptions& options() const { return options_; }
  [[nodiscard]] int channel_block() const { return channel_block_; }
  [[nodiscard]] bool training() const { return options_.pass == kernels::Pass::training; }
  /// Read by steps while they run.
  [[nodiscard]] const RunState& state() const { return state_; }

  /// The node that instructions and parameters belong to from now on.
  void enter(std::string node) { node_ = std::move(node); }
  [[nodiscard]] const std::string& node() const { return node_; }
  /// Whether the parameters of the node entered are learnt.
  [[nodiscard]] bool learns() const;

  Value buffer(const Layout& layout) { return program_.buffer(layout); }
  void emit(Instruction instruction);
  /// `value` itself where it has this layout, else a copy that has (made once, then shared).
  Value reordered(const Value& value, const Layout& layout);
  /// The layout of the copy that all have read so far in the place of `value`; nothing where one
  /// reads it as it is, or there are several.
  [[nodiscard]] std::optional<Layout> read_as(const Value& value) const;
  /// Reorders `from` into a value that nothing else writes.
  void copy(const Value& from, const Value& to);

  /// `differentiable`: something upstream is learnt, so the gradient is wanted.
  Var variable(const Value& value, bool differentiable);
  [[nodiscard]] const Value& value(Var var) const { return variables_[var].value; }
  [[nodiscard]] bool differentiable(Var var) const { return variables_[var].differentiable; }

  /// Leaves the backward pass of the node entered on the tape; nothing in inference.
  void on_backward(std::function<void()> emit_backward);
  void run_tape();
  /// A reader's share of the gradient of `var`; dropped where it is not wanted.
  void give(Var var, const Value& gradient);
  /// Takes a share back that was given in this layout, for who adds it to its own; or nothing.
  [[nodiscard]] std::optional<Value> take_share(Var var, const Layout& layout);
  /// The sum of all shares in any layout / in `layout`. \pre at least one was given
  Value gradient(Var var);
  Value gradient(Var var, const Layout& layout) { return reordered(gradient(var), layout); }

  /// Leaves a normalisation to the only reader of the node entered, an addition, which takes it by
  /// the variable returned. That is not the input's own, which others may read as it is.
  [[nodiscard]] Var leave_norm(NormOperands norm);
  [[nodiscard]] std::optional<NormOperands> take_norm(Var var);

  /// `input` itself where it is f32, else a copy that is, for operations that know no other type.
  Var widened(Var input);

  /// `<node>.<name>`; a block of several tensors names its rows' tensors in `parts`. Of a frozen
  /// node the gradient is a buffer that nobody reads. Parameters and gradients are f32; where
  /// `layout` is bf16 the value is the parameter's copy in that type.
  Learnt parameter(const std::string& name, const Layout& layout, bool decayed,
                   const std::vector<std::string>& parts = {});
  Value statistic(const std::string& name, const Layout& layout);

 private:
  struct Variable {
    Value value;
    bool differentiable = false;
    std::vector<Value> gradients;
  };
  struct Copy {
    int of;
    Value copy;
  };
  struct Taped {
    std::string node;
    std::function<void()> emit_backward;
  };

  const NetworkOptions& options_;
  int channel_block_;
  Program& program_;
  Parameters& learnt_;
  Parameters& statistics_;
  const RunState& state_;
  std::string node_;
  Direction direction_ = Direction::forward;
  std::vector<Variable> variables_;
  std::vector<Copy> copies_;
  std::vector<Taped> tape_;
  std::map<Var, NormOperands> norms_;
};

/// The same bytes seen as a tensor of other dimensions. \pre value.layout is plain
[[nodiscard]] Value viewed(const Value& value, kernels::Dims dims);

}  // namespace lamarck::nn::detail
