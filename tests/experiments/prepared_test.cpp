// Data, split and space of an experiment, ready to run.
#include "experiments/prepared.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "kernels/cpu.hpp"
#include "kernels/error.hpp"
#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::experiments;

namespace {

std::unique_ptr<PreparedData> shapes(std::size_t limit, std::size_t validation) {
  DataConfig config;
  config.dataset = "shapes";
  config.load.limit = limit;
  config.validation = validation;
  return prepare_data(config, ".", 5);
}

std::string complaint(const std::function<void()>& act) {
  try {
    act();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no complaint";
}

class Variable {
 public:
  Variable(const char* name, const char* value) : name_{name} { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("the flag comes before the variable and the variable before the file", "[prepared]") {
  unsetenv("LAMARCK_DATA");
  CHECK(data_root("", "") == "data");
  CHECK(data_root("", "written") == "written");
  const Variable variable{"LAMARCK_DATA", "variable"};
  CHECK(data_root("", "written") == "variable");
  CHECK(data_root("flag", "written") == "flag");
}

TEST_CASE("the search sees a split and finalists all training images", "[prepared]") {
  const auto data = shapes(300, 60);
  const nn::TrainData search = data->for_search();
  CHECK(search.train.size() == 240);
  CHECK(search.validation.size() == 60);
  std::set<std::uint32_t> seen{search.train.begin(), search.train.end()};
  seen.insert(search.validation.begin(), search.validation.end());
  CHECK(seen.size() == 300);  // nothing in both

  const nn::TrainData finals = data->for_finals();
  CHECK(std::set<std::uint32_t>{finals.train.begin(), finals.train.end()} == seen);
  CHECK(finals.validation.empty());
  // Neither is given the test set.
  CHECK(search.data == &data->sets.train);
  CHECK(finals.data == &data->sets.train);
}

TEST_CASE("a sixth is held out where nothing is said", "[prepared]") {
  CHECK(shapes(300, 0)->split.validation.size() == 50);
}

TEST_CASE("normalisation comes from the training split and survives a model file", "[prepared]") {
  const auto data = shapes(300, 60);
  const auto measured = nn::measure_normalisation(data->sets.train, data->split.train);
  CHECK(data->normalisation.mean == measured.mean);
  const auto read = normalisation_in(data_metadata(*data));
  REQUIRE(read);
  CHECK(read->mean == data->normalisation.mean);
  CHECK(read->deviation == data->normalisation.deviation);
  CHECK_FALSE(normalisation_in({}));
}

TEST_CASE("starts that do not fit the data are named", "[prepared]") {
  const auto data = shapes(100, 20);
  const auto start = [](int channels, int outputs) {
    nn::Architecture net{.input = {channels, 16, 16}, .nodes = {}};
    net.nodes.push_back({.id = "p", .op = nn::GlobalAvgPool{}, .inputs = {"input"}});
    net.nodes.push_back({.id = "logits", .op = nn::Dense{.out = outputs}, .inputs = {"p"}});
    return net;
  };
  const nn::Shape shape = data->sets.train.shape;
  SpaceConfig config;
  config.starts = {
      {.name = "mine", .architecture = start(shape.channels + 1, data->sets.train.outputs())}};
  const std::string input =
      complaint([&] { static_cast<void>(start_architectures(config, data->sets.train)); });
  INFO(input);
  CHECK(input.find("space.start: mine: reads") == 0);

  nn::Architecture few = start(shape.channels, data->sets.train.outputs() + 1);
  few.input = shape;
  config.starts = {{.name = "mine", .architecture = few}};
  const std::string output =
      complaint([&] { static_cast<void>(start_architectures(config, data->sets.train)); });
  INFO(output);
  CHECK(output.find("outputs, but") != std::string::npos);
}

TEST_CASE("objectives that the data cannot score are refused", "[prepared]") {
  const auto data = shapes(100, 20);
  search::Objectives objectives{{{"accuracy", true, 1.0}, {"macs", false, 1.0}},
                                search::Ranking::pareto};
  CHECK(complaint([&] { check_objectives(objectives, data->sets.train); }) == "no complaint");
  objectives.list[0].metric = "r2";
  CHECK(complaint([&] {
          check_objectives(objectives, data->sets.train);
        }).find("did you mean accuracy?") != std::string::npos);
  nn::Dataset numbers;
  numbers.target_size = 1;
  CHECK(complaint([&] { check_objectives(objectives, numbers); }) == "no complaint");
  objectives.list[0].metric = "accuracy";
  CHECK(complaint([&] { check_objectives(objectives, numbers); }).find("did you mean r2?") !=
        std::string::npos);
}

TEST_CASE("the fingerprint of data changes with any label or pixel", "[prepared]") {
  const auto data = shapes(100, 20);
  CHECK(fingerprint(data->sets) == fingerprint(shapes(100, 30)->sets));
  nn::TrainTest changed = data->sets;
  changed.test.labels[5] = (changed.test.labels[5] + 1) % 10;
  CHECK(fingerprint(changed) != fingerprint(data->sets));
  changed = data->sets;
  changed.train.pixels[77] ^= 1;
  CHECK(fingerprint(changed) != fingerprint(data->sets));
}

TEST_CASE("how a table was read survives a model file", "[prepared]") {
  auto data = shapes(100, 20);
  data->sets.train.features = {1.0F};
  data->sets.train.classes = 0;
  data->load.csv.column = "price";
  data->load.csv.test_share = 0.35;
  const nn::LoadOptions read = load_options_in(data_metadata(*data));
  CHECK(read.csv.column == "price");
  CHECK(read.csv.target == nn::CsvOptions::Target::numbers);
  CHECK(read.csv.test_share == 0.35);
}

TEST_CASE("workers fill the cores and never more unless asked", "[prepared]") {
  const int cores = kernels::this_cpu().cores;
  Experiment experiment;
  experiment.search.lookahead = 4096;
  CHECK(worker_count(experiment) == cores);
  experiment.parallel.threads_per_candidate = cores;
  CHECK(worker_count(experiment) == 1);
  experiment.parallel.threads_per_candidate = 1;
  experiment.search.lookahead = 1;
  CHECK(worker_count(experiment) == 1);
  experiment.search.lookahead = 4096;
  experiment.parallel.workers = cores + 1;
  CHECK(complaint([&] { static_cast<void>(worker_count(experiment)); }).find("oversubscribe") !=
        std::string::npos);
  experiment.parallel.oversubscribe = true;
  CHECK(worker_count(experiment) == cores + 1);
}

TEST_CASE("finalists of more threads are retrained fewer at once", "[prepared]") {
  const int cores = kernels::this_cpu().cores;
  Experiment experiment;
  experiment.search.lookahead = 4096;
  CHECK(finalists_at_once(experiment) == cores);
  experiment.final.train.threads = cores;
  CHECK(finalists_at_once(experiment) == 1);
  CHECK(worker_count(experiment) == cores);  // candidates are not concerned
  experiment.final.train.threads = cores + 1;
  CHECK(complaint([&] {
          static_cast<void>(finalists_at_once(experiment));
        }).find("final.threads") != std::string::npos);
  experiment.final.choose = 0;
  CHECK(finalists_at_once(experiment) == 1);  // none is asked for
  experiment.final.choose = 1;
  experiment.parallel.oversubscribe = true;
  CHECK(finalists_at_once(experiment) == 1);
}
