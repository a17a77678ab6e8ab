// Numbers recorded from another program, in tests/files.
#pragma once
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace lamarck::test {

inline nlohmann::json recorded(const std::string& file) {
  std::ifstream in{std::string{LAMARCK_TEST_FILES} + "/" + file};
  if (!in) throw std::runtime_error("no file " + file);
  return nlohmann::json::parse(in);
}

}  // namespace lamarck::test
