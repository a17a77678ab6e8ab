// Histories made of results alone, candidate i being called i.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "search/history.hpp"

namespace lamarck::test {

inline search::History history_of(const std::vector<search::Result>& results) {
  search::History history;
  for (std::size_t id = 0; id < results.size(); ++id) {
    const std::string text = std::to_string(id);
    history.add({.id = id, .genome = {text}, .key = text, .origin = "start"});
    history.add(id, results[id]);
  }
  return history;
}

/// The same from what counts most of a result.
inline search::History scored_history(
    const std::vector<std::pair<search::Status, search::Metrics>>& results) {
  std::vector<search::Result> all;
  for (const auto& [status, metrics] : results)
    all.push_back({.status = status, .metrics = metrics, .message = ""});
  return history_of(all);
}

}  // namespace lamarck::test
