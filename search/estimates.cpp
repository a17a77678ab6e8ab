#include "search/estimates.hpp"

namespace lamarck::search {

std::optional<std::size_t> Estimates::add(const View& view, std::size_t id) {
  const Result& result = view.result(id);
  if (result.status != Status::done) return std::nullopt;
  const Proposal& proposal = view.proposal(id);
  if (proposal.origin != kRepeat) return id;
  const std::size_t first = *view.first(proposal.key);
  if (first == id) return id;
  if (first > id || view.result(first).status != Status::done) return std::nullopt;
  const auto [place, fresh] = repeated_.try_emplace(first);
  Repeated& repeated = place->second;
  if (fresh) repeated.mean = view.result(first).metrics;
  ++repeated.count;
  for (const auto& [name, mean] : repeated.mean)
    if (const auto found = result.metrics.find(name); found != result.metrics.end())
      repeated.mean[name] += (found->second - mean) / static_cast<double>(repeated.count);
  return first;
}

const Metrics& Estimates::of(const View& view, std::size_t id) const {
  const auto found = repeated_.find(id);
  return found == repeated_.end() ? view.result(id).metrics : found->second.mean;
}

std::size_t Estimates::count(std::size_t id) const {
  const auto found = repeated_.find(id);
  return found == repeated_.end() ? 1 : found->second.count;
}

std::vector<Believed> believed(const History& history) {
  const View view{history, history.size(), history.size()};
  Estimates estimates;
  std::vector<Believed> all;
  for (std::size_t id = 0; id < history.size(); ++id)
    if (history.result(id) != nullptr && estimates.add(view, id) == id) all.push_back({id, {}});
  for (Believed& one : all) one.metrics = estimates.of(view, one.id);
  return all;
}

}  // namespace lamarck::search
