// ONNX files of our own come back as the models they were.
#include <fstream>

#include "kernels/error.hpp"
#include "nn/blocks.hpp"
#include "nn/formats/onnx.hpp"
#include "tests/catch.hpp"
#include "tests/support/small_models.hpp"
#include "tests/support/temp_folder.hpp"

using namespace lamarck;
using namespace lamarck::nn;

TEST_CASE("an exported model comes back to the bit with its metadata", "[onnx]") {
  const test::TempFolder folder;
  const auto file = folder.path() / "model.onnx";
  std::vector<Architecture> all{test::small_architecture()};
  for (const char* name : {"lenet", "resnet20", "mobile"})
    all.push_back(built_in(name, {3, 32, 32}, 10));
  for (const Architecture& architecture : all) {
    const Model model = test::scrambled_model(architecture, 4);
    export_onnx(file, model, {.fold_batch_norm = false, .metadata = {{"dataset", "shapes"}}});
    const ModelFile read = load_exported_onnx(file);
    CHECK(read.model == model);
    CHECK(read.metadata == Metadata{{"dataset", "shapes"}});
  }
}

TEST_CASE("what is no exported model is told apart", "[onnx]") {
  const test::TempFolder folder;
  const auto file = folder.path() / "model.onnx";
  const auto complaint = [&] {
    try {
      static_cast<void>(load_exported_onnx(file));
    } catch (const IoError& error) {
      return std::string{error.what()};
    }
    return std::string{"no complaint"};
  };
  CHECK_FALSE(complaint() == "no complaint");  // there is none
  std::ofstream{file} << "text, not a protocol buffer";
  CHECK(complaint().find("model.onnx") != std::string::npos);
  std::ofstream{file}.close();  // an empty message is one
  CHECK(complaint().find("not written by lamarck") != std::string::npos);
  export_onnx(file, test::scrambled_model(test::small_architecture(), 1), {});
  CHECK(complaint().find("--no-fold") != std::string::npos);
}
