#include "search/history.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>

namespace lamarck::search {
namespace {

constexpr std::array<std::string_view, 5> kStatusNames{"done", "duplicate", "rejected", "diverged",
                                                       "failed"};
constexpr auto kNone = static_cast<std::size_t>(-1);

}  // namespace

std::string_view name(Status status) { return kStatusNames.at(static_cast<std::size_t>(status)); }

bool again(const Proposal& proposal) {
  return proposal.origin == kRepeat || proposal.origin == kPromote;
}

bool dismissed(const Result& result) {
  return result.status == Status::rejected && result.metrics.count(kQuickScore) > 0;
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
  if (first_.empty()) return std::nullopt;
  const std::size_t first = first_[place(key)];
  return first == kNone ? std::nullopt : std::optional{first};
}

// Where the first proposal with this key stands in the table, or would.
std::size_t History::place(const std::string& key) const {
  const std::size_t mask = first_.size() - 1;
  const std::size_t hash = std::hash<std::string>{}(key);
  std::size_t at = hash & mask;
  while (first_[at] != kNone && proposals_[first_[at]].key != key) at = (at + 1) & mask;
  return at;
}

// In the table.
void History::make_room(std::size_t proposals) {
  if (2 * proposals <= first_.size()) return;
  std::vector<std::size_t> ids;
  std::ranges::copy_if(first_, std::back_inserter(ids), [](std::size_t id) { return id != kNone; });
  first_.assign(std::bit_ceil(std::max<std::size_t>(16, 2 * proposals)), kNone);
  for (const std::size_t id : ids) first_[place(proposals_[id].key)] = id;
}

void History::reserve(std::size_t proposals) {
  proposals_.reserve(proposals);
  results_.reserve(proposals);
  make_room(proposals);
}

int History::epochs_before(const Proposal& proposal) const {
  int epochs = 0;
  for (const Proposal* one = &proposal; one->origin == kPromote; epochs += one->epochs)
    one = &proposals_.at(one->parents.front());
  return epochs;
}

std::size_t History::evaluations(std::size_t results) const {
  const auto unseen = std::lower_bound(dismissed_.begin(), dismissed_.end(), results);
  return evaluations_ + static_cast<std::size_t>(dismissed_.end() - unseen);
}

std::size_t History::epochs(std::size_t results) const {
  std::size_t epochs = epochs_;
  auto unseen = std::lower_bound(dismissed_.begin(), dismissed_.end(), results);
  for (; unseen != dismissed_.end(); ++unseen)
    epochs += static_cast<std::size_t>(proposals_[*unseen].epochs);
  return epochs;
}

void History::add(Proposal proposal) {
  if (proposal.id != size())
    throw std::invalid_argument("history: the next proposal is " + std::to_string(size()) +
                                ", got " + std::to_string(proposal.id));
  make_room(size() + 1);
  std::size_t& first = first_[place(proposal.key)];
  if (first == kNone || again(proposal)) {
    ++evaluations_;
    epochs_ += static_cast<std::size_t>(proposal.epochs);
  }
  first = std::min(first, proposal.id);
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
    if (dismissed(result))
      dismissed_.insert(std::lower_bound(dismissed_.begin(), dismissed_.end(), id), id);
  }
  result.metrics.share(names_);
  for (EpochRow& row : result.epochs) row.metrics.share(names_);
  result.epochs.shrink_to_fit();
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
  // Places of keys are found by the proposals as they stand: before any of them moves.
  std::vector<std::size_t> places;
  for (std::size_t id = to; id <= from; ++id) places.push_back(place(proposals_[id].key));
  const auto rotate = [](auto first, auto last) { std::rotate(first, last - 1, last); };
  rotate(places.begin(), places.end());
  rotate(proposals_.begin() + static_cast<std::ptrdiff_t>(to),
         proposals_.begin() + static_cast<std::ptrdiff_t>(from + 1));
  // From the last to the first, so that the first of equal ones has the last word.
  for (std::size_t id = from + 1; id-- > to;) {
    proposals_[id].id = id;
    std::size_t& first = first_[places[id - to]];
    if (first >= to) first = id;
  }
}

std::optional<std::size_t> View::first(const std::string& key) const {
  const auto first = history_->find(key);
  return first && *first < proposals_ ? first : std::nullopt;
}

}  // namespace lamarck::search
