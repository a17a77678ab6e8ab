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
    "train.batch=64 --network small-plain --epochs 3 --json";

Json trained(const std::string& isa) {
  const TemporaryFolder folder;
  const Output output = run_lamarck(kTrain, folder.path(),
                                    isa.empty() ? "" : "export ONEDNN_MAX_CPU_ISA=" + isa + ";");
  INFO(isa << ": " << output.err);
  REQUIRE(output.code == 0);
  return Json::parse(output.out);
}

}  // namespace

TEST_CASE("a CPU of less trains as well", "[program][cpu]") {
  const double best = trained("")["accuracy"].get<double>();
  CHECK(best > 0.3);  // ten classes
  for (const char* isa : {"SSE41", "AVX", "AVX2"}) {
    INFO(isa);
    const Json first = trained(isa);
    CHECK(std::abs(first["accuracy"].get<double>() - best) < 0.1);
    CHECK(first == trained(isa));  // to the bit
  }
}

TEST_CASE("a batch larger than memory is refused before training", "[program][faults]") {
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
