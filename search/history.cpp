#include "search/history.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace lamarck::search {
namespace {

constexpr std::array<std::string_view, 5> kStatusNames{"done", "duplicate", "rejected", "diverged",
                                                       "failed"};

}  // namespace

std::string_view name(Status status) { return kStatusNames.at(static_cast<std::size_t>(status)); }

bool again(const Proposal& proposal) {
  return proposal.origin == kRepeat || proposal.origin == kPromote;
}

std::optional<Status> status_named(std::string_view name) {
  for (std::size_t i = 0; i < kStatusNames.size(); ++i)
    if (kStatusNames[i] == name) return static_cast<Status>(i);
  return std::nullopt;
}

const Result* History::result(std::size_t id) const {
  const auto& result = results_.at(id);
  return result ? &*result : nullptr;
}

std::optional<std::size_t> History::find(const std::string& key) const {
  const auto found = first_.find(key);
  if (found == first_.end()) return std::nullopt;
  return found->second;
}

int History::epochs_before(const Proposal& proposal) const {
  int epochs = 0;
  for (const Proposal* one = &proposal; one->origin == kPromote; epochs += one->epochs)
    one = &proposals_.at(one->parents.front());
  return epochs;
}

void History::add(Proposal proposal) {
  if (proposal.id != size())
    throw std::invalid_argument("history: the next proposal is " + std::to_string(size()) +
                                ", got " + std::to_string(proposal.id));
  if (first_.try_emplace(proposal.key, proposal.id).second || again(proposal)) {
    ++evaluations_;
    epochs_ += static_cast<std::size_t>(proposal.epochs);
  }
  proposals_.push_back(std::move(proposal));
  results_.emplace_back();
}

void History::add(std::size_t id, Result result) {
  if (id >= size())
    throw std::invalid_argument("history: no proposal " + std::to_string(id) +
                                " to add a result to");
  if (results_[id])
    throw std::invalid_argument("history: proposal " + std::to_string(id) +
                                " has a result already");
  if (result.status == Status::rejected && *find(proposals_[id].key) == id) {
    --evaluations_;
    epochs_ -= static_cast<std::size_t>(proposals_[id].epochs);
  }
  results_[id] = std::move(result);
}

void History::move(std::size_t from, std::size_t to) {
  if (to > from || from >= size())
    throw std::invalid_argument("history: proposal " + std::to_string(from) +
                                " cannot become proposal " + std::to_string(to));
  for (std::size_t id = to; id <= from; ++id)
    if (results_[id])
      throw std::invalid_argument("history: proposal " + std::to_string(id) +
                                  " has a result and keeps its number");
  // From the last to the first: a duplicate comes after the one it equals, and is asked before the
  // number of that one changes.
  const auto renumber = [&](std::size_t old, std::size_t id) {
    std::size_t& first = first_.find(proposals_[old].key)->second;
    if (first == old) first = id;
  };
  const bool leads = first_.find(proposals_[from].key)->second == from;
  for (std::size_t id = from; id-- > to;) renumber(id, id + 1);
  if (leads) first_[proposals_[from].key] = to;
  const auto at = [&](std::size_t id) {
    return proposals_.begin() + static_cast<std::ptrdiff_t>(id);
  };
  std::rotate(at(to), at(from), at(from + 1));
  for (std::size_t id = to; id <= from; ++id) proposals_[id].id = id;
}

std::optional<std::size_t> View::first(const std::string& key) const {
  const auto first = history_->find(key);
  return first && *first < proposals_ ? first : std::nullopt;
}

}  // namespace lamarck::search
