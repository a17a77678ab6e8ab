#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "experiments/commands/commands.hpp"
#include "experiments/commands/shared.hpp"
#include "experiments/format.hpp"
#include "experiments/prepared.hpp"
#include "kernels/error.hpp"
#include "nn/data/verify.hpp"

namespace lamarck::experiments {
namespace {

using Json = nlohmann::ordered_json;

bool in_place(const nn::DatasetInfo& info, const std::filesystem::path& root) {
  return std::all_of(info.files.begin(), info.files.end(), [&](std::string file) {
    if (file.ends_with(".gz")) file.resize(file.size() - 3);
    const auto path = root / info.name / file;
    return std::filesystem::exists(path) || std::filesystem::exists(path.string() + ".gz");
  });
}

int list(const std::filesystem::path& root, bool json) {
  Json all = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const auto& info : nn::known_datasets()) {
    const bool there = in_place(info, root);
    all.push_back({{"name", info.name},
                   {"description", info.description},
                   {"in_place", there},
                   {"files", info.files}});
    std::string files;
    for (const auto& file : info.files) files += (files.empty() ? "" : ", ") + file;
    rows.push_back({info.name, info.needs_files ? (there ? "in place" : "missing") : "built in",
                    info.description, files});
  }
  if (json) {
    std::cout << Json{{"root", root.string()}, {"datasets", all}}.dump(2) << '\n';
  } else {
    std::cout << fmt::format("data root: {}\n\n", root.string())
              << table({"name", "here", "what", "files, under <root>/<name>/"}, rows);
  }
  return kDone;
}

int verify(const std::string& name, const std::filesystem::path& root, bool json) {
  bool fine = true;
  Json all = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const auto& check : nn::verify_dataset(name, root)) {
    fine = fine && check.ok;
    all.push_back({{"file", check.file}, {"ok", check.ok}, {"message", check.message}});
    rows.push_back({check.file, check.ok ? "ok" : "WRONG", check.message});
  }
  if (json)
    std::cout << Json{{"dataset", name}, {"ok", fine}, {"files", all}}.dump(2) << '\n';
  else
    std::cout << table({"file", "", "what was found"}, rows);
  return fine ? kDone : kFailed;
}

int run_data(const Arguments& arguments) {
  const auto& words = arguments.positionals();
  const std::filesystem::path root = data_root(arguments.value("data-root"), "");
  if (words[0] == "list") {
    if (words.size() > 1)
      throw ConfigError(fmt::format("data list: unexpected argument '{}'", words[1]));
    return list(root, arguments.has("json"));
  }
  if (words[0] != "verify")
    throw ConfigError(fmt::format("data: expected list or verify, got '{}'", words[0]));
  if (words.size() < 2)
    throw ConfigError("data verify: expected the name of a data set; see `lamarck data list`");
  return verify(words[1], root, arguments.has("json"));
}

}  // namespace

Command data_command() {
  return {.name = "data",
          .usage = "list | verify NAME",
          .summary = "which data sets are known, in place and whole",
          .details = "",
          .examples = {"lamarck data list", "lamarck data verify fashion-mnist --data-root ~/data"},
          .least = 1,
          .most = 2,
          .options = {data_root_option(), json_option()},
          .run = run_data};
}

}  // namespace lamarck::experiments
