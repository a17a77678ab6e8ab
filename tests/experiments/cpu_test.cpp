// Other CPUs than this one, as far as oneDNN can be made to see them: ONEDNN_MAX_CPU_ISA.
#include <nlohmann/json.hpp>

#include "kernels/cpu.hpp"
#include "tests/catch.hpp"
#include "tests/experiments/program.hpp"

using namespace lamarck::tests;
using Json = nlohmann::json;

namespace {

constexpr const char* kTrain =
    "train --set data.dataset=shapes --set data.limit=1500 --set data.validation=300 --set "
    "train.batch=64 --epochs 3 --json --network ";

Json trained(const std::string& network, const std::string& isa) {
  const TemporaryFolder folder;
  const Output output = run_lamarck(kTrain + network, folder.path(),
                                    isa.empty() ? "" : "export ONEDNN_MAX_CPU_ISA=" + isa + ";");
  INFO(isa << ": " << output.err);
  REQUIRE(output.code == 0);
  return Json::parse(output.out);
}

}  // namespace

TEST_CASE("a CPU of less trains as well", "[program][cpu]") {
  const std::string network = GENERATE("small-plain", "small-residual");
  const double best = trained(network, "")["accuracy"].get<double>();
  CHECK(best > 0.3);  // ten classes
  for (const char* isa : {"SSE41", "AVX", "AVX2"}) {
    INFO(isa);
    const Json first = trained(network, isa);
    CHECK(std::abs(first["accuracy"].get<double>() - best) < 0.1);
    CHECK(first == trained(network, isa));  // to the bit
  }
}

TEST_CASE("a batch larger than memory is refused before training", "[program][faults]") {
  const TemporaryFolder folder;
  // Its images alone would take fifty gigabytes a layer.
  folder.write("wide.yaml",
               "input: {channels: 1, height: 20, width: 20}\n"
               "nodes:\n"
               "  - {id: a, conv: {out: 512, kernel: 1}, norm: batch, act: relu}\n"
               "  - {id: b, conv: {out: 512, kernel: 1}, norm: batch, act: relu}\n"
               "  - {id: pooled, global_avg_pool: {}}\n"
               "  - {id: logits, dense: {out: 10}}\n");
  const std::string batch = "--set train.batch=65536 --set data.dataset=shapes ";
  const Output trained =
      run_lamarck("train --network wide.yaml --epochs 1 " + batch, folder.path());
  INFO(trained.err);
  CHECK(trained.code == 1);
  CHECK(trained.err.find("GiB are free") != std::string::npos);
  CHECK(trained.err.find("epoch") == std::string::npos);

  // A search finds it before it makes a folder, so no candidate is marked as failed for it.
  folder.write("large.yaml", "name: large\nspace: {start: [tiny-plain, wide.yaml]}\n");
  const Output searched = run_lamarck("search large.yaml --run run " + batch, folder.path());
  INFO(searched.err);
  CHECK(searched.code == 1);
  CHECK(searched.err.find("training wide.yaml with a batch of 65536") != std::string::npos);
  CHECK(searched.err.find("GiB are free") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "run"));

  // Nor does it begin where its finalists could not be trained.
  const Output finals =
      run_lamarck("search large.yaml --run run --set data.dataset=shapes --set final.batch=65536",
                  folder.path());
  INFO(finals.err);
  CHECK(finals.code == 1);
  CHECK(finals.err.find("training wide.yaml as a finalist with a batch of 65536") !=
        std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "run"));
}

TEST_CASE("where an address space is all that is short, that is told too", "[program][faults]") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  WARN("skipped: a sanitizer wants more address space than is left");
  return;
#endif
  const TemporaryFolder folder;
  const Output output = run_lamarck(
      "train --set data.dataset=shapes --network vgg --epochs 1 --set train.batch=65536",
      folder.path(), "ulimit -v 8000000;");
  INFO(output.err);
  CHECK(output.code == 1);
  CHECK(output.err.find("lamarck: ") != std::string::npos);
  CHECK(output.err.find("epoch") == std::string::npos);
}
