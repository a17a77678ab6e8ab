#include "kernels/random.hpp"

#include <cmath>
#include <numbers>
#include <stdexcept>

namespace lamarck {
namespace {

std::uint64_t mix(std::uint64_t x) {  // SplitMix64's finaliser
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }
std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = 0xd2511f53ULL * counter[0];
    const std::uint64_t b = 0xcd9e8d57ULL * counter[2];
    counter = {high(b) ^ counter[1] ^ key[0], low(b), high(a) ^ counter[3] ^ key[1], low(a)};
    key[0] += 0x9e3779b9U;
    key[1] += 0xbb67ae85U;
  }
  return counter;
}

}  // namespace

std::uint64_t stable_hash(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return mix(hash);
}

Random::Random(std::uint64_t seed, Purpose purpose, std::uint64_t index) {
  const std::uint64_t key = mix(seed + 0x9e3779b97f4a7c15ULL) ^ stable_hash(purpose);
  key_ = {low(key), high(key)};
  counter_ = {0, 0, low(index), high(index)};
}

std::uint32_t Random::bits32() {
  if (used_ == 4) {
    block_ = philox(counter_, key_);
    used_ = 0;
    if (++counter_[0] == 0) ++counter_[1];
  }
  return block_[used_++];
}

std::uint64_t Random::bits64() {
  const std::uint64_t upper = bits32();
  return (upper << 32) | bits32();
}

double Random::uniform() { return static_cast<double>(bits64() >> 11) * 0x1.0p-53; }

double Random::uniform(double from, double to) { return from + (to - from) * uniform(); }

std::size_t Random::below(std::size_t bound) {
  if (bound == 0) throw std::invalid_argument("Random::below: bound must be at least 1, got 0");
  const std::uint64_t limit = bound * (UINT64_MAX / bound);  // the last full multiple of bound
  for (;;) {
    const std::uint64_t draw = bits64();
    if (draw < limit) return draw % bound;
  }
}

bool Random::chance(double probability) { return uniform() < probability; }

double Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::size_t Random::weighted(std::span<const double> weights) {
  double sum = 0;
  for (const double w : weights) {
    if (!(w >= 0) || std::isinf(w))
      throw std::invalid_argument("Random::weighted: weights must be finite and at least 0");
    sum += w;
  }
  if (!(sum > 0)) throw std::invalid_argument("Random::weighted: no weight is above 0");
  double left = uniform() * sum;
  std::size_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    last = i;
    if ((left -= weights[i]) < 0) return i;
  }
  return last;  // rounding left a crumb
}

}  // namespace lamarck
