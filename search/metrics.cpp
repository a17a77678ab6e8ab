#include "search/metrics.hpp"

#include <algorithm>
#include <stdexcept>

namespace lamarck::search {
namespace {

constexpr std::size_t kMostLists = 32;

}  // namespace

Metrics::Metrics(std::initializer_list<std::pair<std::string_view, double>> entries) {
  if (entries.size() == 0) return;
  std::vector<std::pair<std::string_view, double>> sorted{entries};
  const auto by_name = [](const auto& a, const auto& b) { return a.first < b.first; };
  const auto same_name = [](const auto& a, const auto& b) { return a.first == b.first; };
  std::stable_sort(sorted.begin(), sorted.end(), by_name);
  sorted.erase(std::unique(sorted.begin(), sorted.end(), same_name), sorted.end());
  const auto names = std::make_shared<Names>();
  names->reserve(sorted.size());
  values_.reserve(sorted.size());
  for (const auto& [name, value] : sorted) {
    names->emplace_back(name);
    values_.push_back(value);
  }
  names_ = names;
}

const Metrics::Names& Metrics::names() const {
  static const Names none;
  return names_ ? *names_ : none;
}

std::size_t Metrics::place(std::string_view name) const {
  return static_cast<std::size_t>(std::lower_bound(names().begin(), names().end(), name) -
                                  names().begin());
}

bool Metrics::stands_at(std::size_t place, std::string_view name) const {
  return place < size() && names()[place] == name;
}

Metrics::const_iterator Metrics::begin() const { return {names().data(), values_.data()}; }

Metrics::const_iterator Metrics::end() const {
  return {names().data() + size(), values_.data() + size()};
}

Metrics::const_iterator Metrics::find(std::string_view name) const {
  const std::size_t at = place(name);
  if (!stands_at(at, name)) return end();
  return {names().data() + at, values_.data() + at};
}

std::size_t Metrics::count(std::string_view name) const { return stands_at(place(name), name); }

double Metrics::at(std::string_view name) const {
  const std::size_t at = place(name);
  if (!stands_at(at, name)) throw std::out_of_range("metrics: there is no " + std::string{name});
  return values_[at];
}

double& Metrics::operator[](std::string_view name) {
  const std::size_t at = place(name);
  if (!stands_at(at, name)) {
    const auto grown = std::make_shared<Names>(names());
    grown->emplace(grown->begin() + static_cast<std::ptrdiff_t>(at), name);
    names_ = grown;
    values_.insert(values_.begin() + static_cast<std::ptrdiff_t>(at), 0.0);
  }
  return values_[at];
}

void Metrics::try_emplace(std::string_view name, double value) {
  if (count(name) == 0) (*this)[name] = value;
}

void Metrics::merge(const Metrics& other) {
  for (const auto& [name, value] : other) try_emplace(name, value);
}

void Metrics::share(MetricNames& lists) {
  if (names_) names_ = lists.shared(*names_);
  values_.shrink_to_fit();
}

std::shared_ptr<const Metrics::Names> MetricNames::shared(const Metrics::Names& names) {
  for (const auto& list : lists_)
    if (list.get() == &names || *list == names) return list;
  auto list = std::make_shared<const Metrics::Names>(names);
  if (lists_.size() < kMostLists)
    lists_.push_back(list);
  else
    lists_[next_++ % kMostLists] = list;
  return list;
}

}  // namespace lamarck::search
