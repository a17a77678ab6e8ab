#include "nn/network/detail/builder.hpp"

#include <algorithm>
#include <cassert>

#include "kernels/combine.hpp"
#include "nn/network/detail/sum.hpp"

namespace lamarck::nn::detail {
namespace {

/// The same order in f32; row-major where oneDNN keeps the order to itself.
Layout widened_layout(const Layout& layout) {
  const Layout wide = layout.as(kernels::DataType::f32);
  return wide.empty() ? Layout::plain(layout.dims()) : wide;
}

}  // namespace

Builder::Builder(const NetworkOptions& options, int channel_block, Program& program,
                 Parameters& learnt, Parameters& statistics, const RunState& state)
    : options_{options},
      channel_block_{channel_block},
      program_{program},
      learnt_{learnt},
      statistics_{statistics},
      state_{state} {}

bool Builder::learns() const {
  return std::find(options_.frozen.begin(), options_.frozen.end(), node_) == options_.frozen.end();
}

void Builder::emit(Instruction instruction) {
  program_.add(direction_, node_, std::move(instruction));
}

Value Builder::reordered(const Value& value, const Layout& layout) {
  if (value.layout == layout) return value;
  for (const Copy& made : copies_)
    if (made.of == value.buffer && made.copy.layout == layout) return made.copy;
  const Value made = buffer(layout);
  copy(value, made);
  copies_.push_back({value.buffer, made});
  return made;
}

std::optional<Layout> Builder::read_as(const Value& value) const {
  const auto of_it = [&](const Copy& made) { return made.of == value.buffer; };
  const auto copy = std::ranges::find_if(copies_, of_it);
  // The copying is one reader: the only one, if nobody reads it as it is and there is one copy.
  if (copy == copies_.end() || program_.readers(value) != 1) return std::nullopt;
  return copy->copy.layout;
}

void Builder::copy(const Value& from, const Value& to) {
  emit({.reads = {from}, .writes = {to}, .bind = [](const Operands& o) {
          return kernels::reorder(o.reads[0], o.writes[0]);
        }});
}

Var Builder::variable(const Value& value, bool differentiable) {
  variables_.push_back({value, differentiable, {}});
  return variables_.size() - 1;
}

void Builder::on_backward(std::function<void()> emit_backward) {
  if (training()) tape_.push_back({node_, std::move(emit_backward)});
}

void Builder::run_tape() {
  direction_ = Direction::backward;
  for (; !tape_.empty(); tape_.pop_back()) {
    enter(tape_.back().node);
    tape_.back().emit_backward();
  }
}

void Builder::give(Var var, const Value& gradient) {
  if (variables_[var].differentiable) variables_[var].gradients.push_back(gradient);
}

std::optional<Value> Builder::take_share(Var var, const Layout& layout) {
  auto& shares = variables_[var].gradients;
  const auto found =
      std::ranges::find_if(shares, [&](const Value& share) { return share.layout == layout; });
  if (found == shares.end()) return std::nullopt;
  const Value share = *found;
  shares.erase(found);
  return share;
}

Value Builder::gradient(Var var) {
  const Variable& variable = variables_[var];
  assert(!variable.gradients.empty());
  if (variable.gradients.size() == 1) return variable.gradients[0];
  const Layout& layout = variable.value.layout;
  std::vector<Value> shares;
  for (const Value& share : variable.gradients) shares.push_back(reordered(share, layout));
  const Value total = buffer(layout);
  emit(sum_instruction(std::move(shares), total));
  variables_[var].gradients = {total};
  return total;
}

Var Builder::leave_norm(NormOperands norm) {
  const Var waiting = variable(value(norm.input), false);
  norms_.emplace(waiting, std::move(norm));
  return waiting;
}

std::optional<NormOperands> Builder::take_norm(Var var) {
  const auto found = norms_.find(var);
  if (found == norms_.end()) return std::nullopt;
  NormOperands norm = std::move(found->second);
  norms_.erase(found);
  return norm;
}

Var Builder::widened(Var input) {
  const Value narrow = value(input);
  if (narrow.layout.type() == kernels::DataType::f32) return input;
  const Var output =
      variable(reordered(narrow, widened_layout(narrow.layout)), differentiable(input));
  if (differentiable(input)) on_backward([=, this] { give(input, gradient(output)); });
  return output;
}

Learnt Builder::parameter(const std::string& name, const Layout& layout, bool decayed,
                          const std::vector<std::string>& parts) {
  const std::string block = node_ + "." + name;
  const Layout master = widened_layout(layout);
  BlockSpec spec{block, {}, master, decayed && learns()};
  for (const std::string& part : parts) spec.keys.push_back(block + "." + part);
  if (parts.empty()) spec.keys.push_back(block);
  const std::size_t offset = learnt_.add(std::move(spec));
  Learnt learnt{program_.external(Region::parameters, offset, master), {}};
  if (master != layout)
    learnt.value = master.as(layout.type()) == layout
                       ? program_.external(Region::halves, offset / 2, layout)
                       : reordered(learnt.value, layout);
  if (training())
    learnt.gradient =
        learns() ? program_.external(Region::gradients, offset, master) : buffer(master);
  return learnt;
}

Value Builder::statistic(const std::string& name, const Layout& layout) {
  const std::string key = node_ + "." + name;
  return program_.external(Region::statistics, statistics_.add({key, {key}, layout, false}),
                           layout);
}

Value viewed(const Value& value, kernels::Dims dims) {
  assert(value.layout.is_plain());
  return {Layout::plain(std::move(dims), value.layout.type()), value.buffer};
}

}  // namespace lamarck::nn::detail
