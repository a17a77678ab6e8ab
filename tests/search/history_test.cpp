#include "search/history.hpp"

#include <map>
#include <stdexcept>

#include "kernels/random.hpp"
#include "tests/catch.hpp"

using namespace lamarck::search;

namespace {

History open(const std::vector<std::string>& keys) {
  History history;
  for (const auto& key : keys)
    history.add({.id = history.size(), .genome = {key}, .key = key, .origin = ""});
  return history;
}

std::string keys(const History& history) {
  std::string text;
  for (std::size_t id = 0; id < history.size(); ++id) {
    CHECK(history.proposal(id).id == id);
    text += history.proposal(id).key;
  }
  return text;
}

}  // namespace

TEST_CASE("open proposals are renumbered and found by their new numbers", "[history]") {
  History history = open({"a", "b", "c", "d"});
  history.add(0, {.metrics = {}, .message = ""});
  history.move(3, 1);
  CHECK(keys(history) == "adbc");
  CHECK(history.find("d") == 1);
  CHECK(history.find("b") == 2);
  CHECK(history.find("c") == 3);
  CHECK(history.evaluations() == 4);
  history.move(2, 2);
  CHECK(keys(history) == "adbc");
}

TEST_CASE("a key belongs to the first proposal that has it whatever moves", "[history]") {
  History history = open({"a", "b", "a", "b", "c"});
  history.move(4, 0);
  CHECK(keys(history) == "cabab");
  CHECK(history.find("a") == 1);
  CHECK(history.find("b") == 2);
  history.move(2, 1);  // b finishes before a
  CHECK(keys(history) == "cbaab");
  CHECK(history.find("a") == 2);
  CHECK(history.find("b") == 1);
  CHECK(history.evaluations() == 3);
}

TEST_CASE("what has a result keeps its number", "[history]") {
  History history = open({"a", "b", "c"});
  history.add(1, {.metrics = {}, .message = ""});
  CHECK_THROWS_AS(history.move(2, 0), std::invalid_argument);
  CHECK_THROWS_AS(history.move(1, 1), std::invalid_argument);
  CHECK_THROWS_AS(history.move(0, 1), std::invalid_argument);
  CHECK_THROWS_AS(history.move(3, 2), std::invalid_argument);
  CHECK(keys(history) == "abc");
}

TEST_CASE("a dismissed candidate counts until its result is seen", "[history]") {
  History history;
  for (const char* key : {"a", "b", "c", "a", "d"})
    history.add({.id = history.size(), .genome = {key}, .key = key, .origin = "", .epochs = 2});
  CHECK(history.evaluations() == 4);  // a is there twice
  const auto reject = [&](std::size_t id, Metrics metrics) {
    history.add(id, {.status = Status::rejected, .metrics = std::move(metrics), .message = ""});
  };
  reject(4, {{kQuickScore, 0.1}});
  reject(1, {{kQuickScore, 0.1}});
  CHECK(history.evaluations() == 2);
  CHECK(history.epochs() == 4);
  CHECK(history.evaluations(5) == 2);
  CHECK(history.evaluations(4) == 3);
  CHECK(history.epochs(4) == 6);
  CHECK(history.evaluations(1) == 4);
  CHECK(history.epochs(0) == 8);
  reject(2, {{"macs", 1}});  // broke a limit: that is known when it is proposed
  CHECK(history.evaluations(0) == 3);
  CHECK(dismissed(*history.result(1)));
  CHECK_FALSE(dismissed(*history.result(2)));
}

TEST_CASE("every key leads to the first of its proposals however many there are", "[history]") {
  History history;
  if (GENERATE(false, true)) history.reserve(1500);
  std::map<std::string, std::size_t> first;
  lamarck::Random random{3};
  for (std::size_t id = 0; id < 2000; ++id) {
    const std::string key = std::to_string(random.below(1000));
    history.add({.id = id, .genome = {key}, .key = key, .origin = ""});
    first.try_emplace(key, id);
  }
  for (const auto& [key, id] : first) CHECK(history.find(key) == id);
  CHECK_FALSE(history.find("1000"));
  CHECK_FALSE(History{}.find("0"));
  CHECK(history.evaluations() == first.size());
  const History copy = history;
  history = {};
  CHECK(copy.find("7") == first.at("7"));
}

TEST_CASE("results with the same names share them in a history", "[history]") {
  History history = open({"a", "b"});
  const auto result = [](double x) {
    return Result{
        .metrics = {{"x", x}, {"y", 1}}, .message = "", .epochs = {{1, {{"x", x}, {"y", 2}}}}};
  };
  history.add(0, result(1));
  history.add(1, result(2));
  CHECK(history.result(1)->metrics == Metrics{{"x", 2}, {"y", 1}});
  CHECK(&history.result(0)->metrics.names() == &history.result(1)->metrics.names());
  CHECK(&history.result(0)->metrics.names() == &history.result(1)->epochs[0].metrics.names());
}
