// A program: kernel steps over virtual buffers, first forward, then backward. Each buffer is
// written by one instruction (single assignment); where it lies is decided once all are known.
//
// Thread safety: one thread at a time.
#pragma once
#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "kernels/layout.hpp"
#include "kernels/step.hpp"

namespace lamarck::nn::detail {

using kernels::Layout;
using kernels::Memory;

/// Memory that a buffer lies in. Only the arena is planned by lifetime.
/// `halves`: the bf16 copy of the parameters.
enum class Region { arena, parameters, gradients, statistics, halves };
inline constexpr std::size_t kRegions = 5;
/// Where each region begins, by Region.
using Bases = std::array<std::byte*, kRegions>;

/// A tensor in a virtual buffer. Two values may see one buffer through layouts of equal bytes.
struct Value {
  Layout layout;
  int buffer = -1;
  [[nodiscard]] bool empty() const { return buffer < 0; }
};

/// What an instruction is bound to; an empty value gives an empty Memory.
struct Operands {
  std::span<const Memory> reads, writes;
  kernels::Scratch scratch = nullptr;
};

/// One step to be.
struct Instruction {
  std::vector<Value> reads, writes;
  /// Indices of reads that writes[0] may replace in memory, if nobody needs them afterwards.
  std::vector<std::size_t> overwrites = {};
  std::size_t scratch_bytes = 0;
  std::function<kernels::Step(const Operands&)> bind;
};

enum class Direction { forward, backward };

/// One line of the plan as people read it.
struct Row {
  Direction direction = Direction::forward;
  std::string node, step, layout;  ///< layout: of what is written
  std::size_t bytes = 0;           ///< written
};

class Program {
 public:
  /// A new buffer of the arena, for layout.bytes().
  Value buffer(const Layout& layout);
  /// A place in memory that outlives the program's steps.
  Value external(Region region, std::size_t offset_bytes, const Layout& layout);
  /// Keeps the buffer whole from before the first step until after the last.
  void pin(const Value& value);

  /// Appends. \pre every forward instruction comes before every backward one
  void add(Direction direction, std::string node, Instruction instruction);

  /// How many instructions read the buffer so far.
  [[nodiscard]] std::size_t readers(const Value& value) const;

  /// Decides where every buffer lies. \returns the bytes that the arena takes, and those that are
  /// in use at once at most, below which no arena can be
  struct Space {
    std::size_t arena = 0, live = 0;
  };
  Space place();
  /// The steps, bound. \pre place() ran
  struct Steps {
    std::vector<kernels::Step> forward, backward;
    std::vector<Row> rows;
  };
  [[nodiscard]] Steps bind(const Bases& bases) const;
  /// \pre place() ran
  [[nodiscard]] std::byte* address(const Value& value, const Bases& bases) const;

 private:
  struct Buffer {
    Region region = Region::arena;
    std::size_t bytes = 0, offset = 0;
    bool pinned = false, used = false;
    std::size_t first = 0, last = 0;
    int home = -1;  ///< the buffer whose memory it takes over; itself at first
  };
  struct Entry {
    Direction direction;
    std::string node;
    Instruction instruction;
    std::size_t scratch_offset = 0;
  };
  void find_lifetimes();
  void share_in_place();
  [[nodiscard]] bool may_take_over(const Instruction& at, std::size_t step, std::size_t read) const;
  Buffer& home(const Value& value);
  [[nodiscard]] const Buffer& home(const Value& value) const;

  std::vector<Buffer> buffers_;
  std::vector<Entry> entries_;
};

}  // namespace lamarck::nn::detail
