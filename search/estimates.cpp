#include "search/estimates.hpp"

namespace lamarck::search {

std::optional<std::size_t> Estimates::add(const View& view, std::size_t id) {
  const Result& result = view.result(id);
  const bool done = result.status == Status::done;
  const Proposal& proposal = view.proposal(id);
  const std::size_t first = proposal.origin == kRepeat ? *view.first(proposal.key) : id;
  if (first == id) return done ? std::optional{id} : std::nullopt;
  if (first > id || view.result(first).status != Status::done) return std::nullopt;
  const auto [place, fresh] = repeated_.try_emplace(first);
  Repeated& repeated = place->second;
  if (fresh) repeated.mean = view.result(first).metrics;
  ++repeated.attempts;
  if (!done) return std::nullopt;
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

std::size_t Estimates::attempts(std::size_t id) const {
  const auto found = repeated_.find(id);
  return found == repeated_.end() ? 1 : found->second.attempts;
}

void each_believed(const History& history,
                   const std::function<void(std::size_t id, const Metrics&)>& show) {
  const View view{history, history.size(), history.size()};
  Estimates estimates;
  std::vector<std::size_t> done;
  for (std::size_t id = 0; id < history.size(); ++id)
    if (history.result(id) != nullptr && estimates.add(view, id) == id) done.push_back(id);
  for (const std::size_t id : done) show(id, estimates.of(view, id));
}

}  // namespace lamarck::search
