#include "nn/network/detail/program.hpp"

#include <algorithm>
#include <cassert>

#include "nn/network/detail/placement.hpp"

namespace lamarck::nn::detail {

Value Program::buffer(const Layout& layout) {
  const int id = static_cast<int>(buffers_.size());
  buffers_.push_back({.bytes = layout.bytes(), .home = id});
  return {layout, id};
}

Value Program::external(Region region, std::size_t offset_bytes, const Layout& layout) {
  const int id = static_cast<int>(buffers_.size());
  buffers_.push_back(
      {.region = region, .bytes = layout.bytes(), .offset = offset_bytes, .home = id});
  return {layout, id};
}

void Program::pin(const Value& value) {
  buffers_.at(static_cast<std::size_t>(value.buffer)).pinned = true;
}

void Program::add(Direction direction, std::string node, Instruction instruction) {
  assert(entries_.empty() || entries_.back().direction <= direction);
  entries_.push_back({direction, std::move(node), std::move(instruction)});
}

std::size_t Program::readers(const Value& value) const {
  const auto reads = [&](const Entry& entry) {
    return std::ranges::any_of(entry.instruction.reads,
                               [&](const Value& read) { return read.buffer == value.buffer; });
  };
  return static_cast<std::size_t>(std::ranges::count_if(entries_, reads));
}

Program::Buffer& Program::home(const Value& value) {
  auto id = static_cast<std::size_t>(value.buffer);
  while (buffers_[id].home != static_cast<int>(id))
    id = static_cast<std::size_t>(buffers_[id].home);
  return buffers_[id];
}

const Program::Buffer& Program::home(const Value& value) const {
  return const_cast<Program*>(this)->home(value);
}

void Program::find_lifetimes() {
  for (std::size_t step = 0; step < entries_.size(); ++step) {
    const auto use = [&](const Value& value) {
      if (value.empty()) return;
      Buffer& buffer = buffers_[static_cast<std::size_t>(value.buffer)];
      if (!buffer.used) buffer.first = step;
      buffer.last = step;
      buffer.used = true;
    };
    for (const Value& value : entries_[step].instruction.reads) use(value);
    for (const Value& value : entries_[step].instruction.writes) use(value);
  }
  for (Buffer& buffer : buffers_) {
    if (!buffer.pinned) continue;
    buffer.first = 0;
    buffer.last = entries_.empty() ? 0 : entries_.size() - 1;
    buffer.used = true;
  }
}

bool Program::may_take_over(const Instruction& at, std::size_t step, std::size_t read) const {
  const Value& from = at.reads[read];
  const Value& to = at.writes[0];
  if (from.empty()) return false;
  const Buffer& source = home(from);
  const Buffer& target = buffers_[static_cast<std::size_t>(to.buffer)];
  const auto same = [&](const Value& other) { return other.buffer == from.buffer; };
  return source.region == Region::arena && target.region == Region::arena && !source.pinned &&
         !target.pinned && source.last == step && source.bytes == target.bytes &&
         std::count_if(at.reads.begin(), at.reads.end(), same) == 1;
}

void Program::share_in_place() {
  for (std::size_t step = 0; step < entries_.size(); ++step) {
    const Instruction& at = entries_[step].instruction;
    for (const std::size_t read : at.overwrites) {
      if (!may_take_over(at, step, read)) continue;
      Buffer& target = buffers_[static_cast<std::size_t>(at.writes[0].buffer)];
      Buffer& source = home(at.reads[read]);
      source.last = target.last;
      target.home = source.home;
      break;
    }
  }
}

Program::Space Program::place() {
  find_lifetimes();
  share_in_place();
  std::vector<Lifetime> lifetimes;
  std::vector<std::size_t*> offsets;
  for (std::size_t id = 0; id < buffers_.size(); ++id) {
    Buffer& buffer = buffers_[id];
    if (buffer.region != Region::arena || !buffer.used || buffer.home != static_cast<int>(id))
      continue;
    lifetimes.push_back({buffer.bytes, buffer.first, buffer.last});
    offsets.push_back(&buffer.offset);
  }
  for (std::size_t step = 0; step < entries_.size(); ++step) {
    if (entries_[step].instruction.scratch_bytes == 0) continue;
    lifetimes.push_back({entries_[step].instruction.scratch_bytes, step, step});
    offsets.push_back(&entries_[step].scratch_offset);
  }
  const Placement placement = detail::place(lifetimes);
  for (std::size_t i = 0; i < offsets.size(); ++i) *offsets[i] = placement.offsets[i];
  return {placement.bytes, peak_bytes(lifetimes)};
}

std::byte* Program::address(const Value& value, const Bases& bases) const {
  const Buffer& buffer = home(value);
  return bases[static_cast<std::size_t>(buffer.region)] + buffer.offset;
}

Program::Steps Program::bind(const Bases& bases) const {
  Steps steps;
  for (const Entry& entry : entries_) {
    const auto bound = [&](const std::vector<Value>& values) {
      std::vector<Memory> memories;
      for (const Value& value : values)
        memories.push_back(value.empty() ? Memory{} : Memory{value.layout, address(value, bases)});
      return memories;
    };
    const Instruction& instruction = entry.instruction;
    const std::vector<Memory> reads = bound(instruction.reads);
    const std::vector<Memory> writes = bound(instruction.writes);
    std::byte* const arena = bases[static_cast<std::size_t>(Region::arena)];
    kernels::Step step = instruction.bind(
        {reads, writes, instruction.scratch_bytes == 0 ? nullptr : arena + entry.scratch_offset});
    Row row{entry.direction, entry.node, step.name, {}, 0};
    for (const Memory& memory : writes) row.bytes += memory.layout.bytes();
    if (!writes.empty() && !writes[0].layout.empty()) row.layout = writes[0].layout.text();
    steps.rows.push_back(std::move(row));
    (entry.direction == Direction::forward ? steps.forward : steps.backward)
        .push_back(std::move(step));
  }
  return steps;
}

}  // namespace lamarck::nn::detail
