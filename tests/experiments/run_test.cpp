// What is kept with a run of how it was made, and read back.
#include "experiments/run.hpp"

#include "tests/catch.hpp"
#include "tests/support/temp_folder.hpp"

using namespace lamarck;
using namespace lamarck::experiments;
using kernels::DataType;

namespace {

Experiment of(const std::string& text) {
  return read_experiment(nn::YamlNode::parse(text, "run.yaml"), ".");
}

}  // namespace

TEST_CASE("a run goes on in the precision that it was begun in", "[run]") {
  const test::TempFolder folder;
  for (const DataType type : {DataType::f32, DataType::bf16}) {
    const std::string name{kernels::name(type)};
    const Experiment begun = of("train: {precision: " + name + "}");
    const auto facts = run_facts(begun);
    CHECK(facts.at("precision") == name);
    const search::Store store = search::Store::create(folder / name, facts);
    CHECK(stored_experiment(store).train.precision == type);
    CHECK(stored_experiment(store).final.train.precision == type);
  }
  // What `auto` chose is written down, so that another CPU does not choose again.
  const Experiment settled = of("train: {precision: auto}");
  const auto facts = run_facts(settled);
  CHECK(facts.at("precision") == kernels::name(settled.train.precision));
  CHECK(facts.at("experiment").find("precision: auto") == std::string::npos);
}

TEST_CASE("a run from before there was a choice of precision goes on in f32", "[run]") {
  const test::TempFolder folder;
  auto facts = run_facts(of("train: {precision: bf16}"));
  facts.erase("precision");
  const search::Store store = search::Store::create(folder / "old", facts);
  CHECK(stored_experiment(store).train.precision == DataType::f32);
  CHECK(stored_experiment(store).final.train.precision == DataType::f32);
}
