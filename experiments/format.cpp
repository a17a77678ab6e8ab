#include "experiments/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

namespace lamarck::experiments {
namespace {

// Columns on a terminal: UTF-8 continuation bytes take none.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool looks_like_number(const std::string& cell) {
  return !cell.empty() && (std::isdigit(static_cast<unsigned char>(cell[0])) || cell[0] == '-');
}

}  // namespace

std::string short_number(double value) {
  static constexpr std::array kSuffixes{"", " k", " M", " G", " T"};
  if (!std::isfinite(value)) return fmt::format("{}", value);
  std::size_t step = 0;
  double size = value;
  while (std::abs(size) >= 999.5 && step + 1 < kSuffixes.size()) {
    size /= 1000;
    ++step;
  }
  if (step == 0) return fmt::format("{:.4g}", value);
  const int digits = std::abs(size) < 9.995 ? 2 : std::abs(size) < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}{}", size, digits, kSuffixes.at(step));
}

std::string short_bytes(double bytes) {
  static constexpr std::array kSuffixes{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t step = 0;
  while (bytes >= 1024 && step + 1 < kSuffixes.size()) {
    bytes /= 1024;
    ++step;
  }
  return fmt::format("{:.{}f} {}", bytes, step == 0 || bytes >= 100 ? 0 : 1, kSuffixes.at(step));
}

std::string short_duration(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  const auto total = static_cast<long long>(std::llround(seconds));
  if (seconds < 10) return fmt::format("{:.1f}s", seconds);
  if (total < 60) return fmt::format("{}s", total);
  if (total < 3600) return fmt::format("{}m{:02}s", total / 60, total % 60);
  return fmt::format("{}h{:02}m", total / 3600, total / 60 % 60);
}

std::string metric_text(const std::string& name, double value) {
  if (name.ends_with("accuracy")) return fmt::format("{:.2f} %", 100 * value);
  if (name.ends_with("_bytes")) return short_bytes(value);
  if (name == "macs" || name == "params") return short_number(value);
  if (name == "latency") return fmt::format("{:.3g} ms", 1e3 * value);
  return fmt::format("{:.4g}", value);
}

std::string table(const std::vector<std::string>& head,
                  const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  std::vector<bool> right(head.size(), !rows.empty());
  for (const auto& cell : head) widths.push_back(width(cell));
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width(row[i]));
      right[i] = right[i] && (row[i].empty() || row[i] == "-" || looks_like_number(row[i]));
    }
  std::string text;
  const auto add = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string pad(widths[i] - width(row[i]), ' ');
      if (i > 0) line += "  ";
      line += right[i] ? pad + row[i] : row[i] + pad;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  };
  add(head);
  for (const auto& row : rows) add(row);
  return text;
}

std::string sparkline(const std::vector<double>& values) {
  static constexpr std::array kBlocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (values.empty()) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  std::string text;
  for (const double value : values) {
    const double share = *high > *low ? (value - *low) / (*high - *low) : 1.0;
    text += kBlocks.at(static_cast<std::size_t>(std::lround(share * 7)));
  }
  return text;
}

}  // namespace lamarck::experiments
