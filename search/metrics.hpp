// Numbers by name: what a result, a row of a learning curve or a cost says.
//
// Like a std::map from names to numbers, except that the names are a list which equal ones may
// share: of a million results, a history holds the numbers and a few lists.
//
// Thread safety: a value; a list of names never changes, whoever shares it.
#pragma once
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamarck::search {

class MetricNames;

/// `accuracy`, `loss`, `macs`, `params`, `peak_activation_bytes`, `depth`, `quick_accuracy`, ...
class Metrics {
 public:
  using Names = std::vector<std::string>;
  struct Entry {
    const std::string& first;
    double second;
  };
  class const_iterator;

  Metrics() = default;
  /// Of equal names the first.
  Metrics(std::initializer_list<std::pair<std::string_view, double>> entries);
  /// \pre names ascending, each once; a value each
  Metrics(std::shared_ptr<const Names> names, std::vector<double> values)
      : names_{std::move(names)}, values_{std::move(values)} {}

  [[nodiscard]] std::size_t size() const { return values_.size(); }
  [[nodiscard]] bool empty() const { return values_.empty(); }
  /// Ascending.
  [[nodiscard]] const Names& names() const;
  [[nodiscard]] const_iterator begin() const;
  [[nodiscard]] const_iterator end() const;
  [[nodiscard]] const_iterator find(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
  /// \throws std::out_of_range
  [[nodiscard]] double at(std::string_view name) const;

  /// 0 at first.
  double& operator[](std::string_view name);
  /// Nothing where the name is there.
  void try_emplace(std::string_view name, double value);
  /// Takes over what it has no name for.
  void merge(const Metrics& other);
  /// From now on its names are those of `lists`; its memory is what it needs.
  void share(MetricNames& lists);

  bool operator==(const Metrics& other) const {
    return values_ == other.values_ && (names_ == other.names_ || names() == other.names());
  }

 private:
  [[nodiscard]] std::size_t place(std::string_view name) const;
  [[nodiscard]] bool stands_at(std::size_t place, std::string_view name) const;

  std::shared_ptr<const Names> names_;
  std::vector<double> values_;  // one a name
};

class Metrics::const_iterator {
 public:
  struct Arrow {
    Entry entry;
    const Entry* operator->() const { return &entry; }
  };
  using iterator_category = std::input_iterator_tag;
  using value_type = Entry;
  using difference_type = std::ptrdiff_t;
  using pointer = Arrow;
  using reference = Entry;

  const_iterator() = default;
  const_iterator(const std::string* name, const double* value) : name_{name}, value_{value} {}
  Entry operator*() const { return {*name_, *value_}; }
  Arrow operator->() const { return {**this}; }
  const_iterator& operator++() {
    ++name_;
    ++value_;
    return *this;
  }
  const_iterator operator++(int) {
    const const_iterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const const_iterator&) const = default;

 private:
  const std::string* name_ = nullptr;
  const double* value_ = nullptr;
};

/// The lists of names that are in use: a run has a few.
class MetricNames {
 public:
  /// The one list of these names.
  [[nodiscard]] std::shared_ptr<const Metrics::Names> shared(const Metrics::Names& names);

 private:
  std::vector<std::shared_ptr<const Metrics::Names>> lists_;
  std::size_t next_ = 0;  // to be forgotten, once there are many
};

}  // namespace lamarck::search
