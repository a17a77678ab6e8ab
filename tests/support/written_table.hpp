// Tables written into a temporary file, and what most of them look like.
#pragma once
#include <filesystem>
#include <string>

#include "search/table.hpp"
#include "tests/support/data_files.hpp"
#include "tests/support/temp_folder.hpp"

namespace lamarck::test {

/// Two slots of two options.
inline search::Slots two_slots() { return search::Slots{{{"s", 2, {"0", "1"}}}}; }

/// Of `acc` and, known beforehand, `flops`.
inline search::TableFormat plain_format() {
  search::TableFormat format;
  format.metrics = {{.metric = "accuracy", .fields = {"acc"}},
                    {.metric = "macs", .fields = {"flops"}, .known = true}};
  return format;
}

class WrittenTable {
 public:
  WrittenTable(const std::string& name, const std::string& text) : file_{folder_ / name} {
    write_bytes(file_, text);
  }
  [[nodiscard]] search::Table load(const search::TableFormat& format,
                                   const search::Slots& slots = two_slots()) const {
    return search::Table::load(file_, format, slots);
  }

 private:
  TempFolder folder_;
  std::filesystem::path file_;
};

}  // namespace lamarck::test
