#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

#include "nn/formats/detail/yaml_value.hpp"

namespace lamarck::nn::detail {
namespace {

void write(YAML::Emitter& out, const std::string& text, bool quoted) {
  if (quoted) out << YAML::DoubleQuoted;
  out << text;
}

void write(YAML::Emitter& out, const YamlValue& value) {
  switch (value.kind) {
    case YamlValue::Kind::null:
      out << YAML::Null;
      return;
    case YamlValue::Kind::scalar:
      write(out, value.text, value.quoted);
      return;
    case YamlValue::Kind::list:
      if (value.flow || value.items.empty()) out << YAML::Flow;
      out << YAML::BeginSeq;
      for (const YamlValue& item : value.items) write(out, item);
      out << YAML::EndSeq;
      return;
    case YamlValue::Kind::map:
      if (value.flow || value.entries.empty()) out << YAML::Flow;
      out << YAML::BeginMap;
      for (const YamlEntry& entry : value.entries) {
        out << YAML::Key;
        write(out, entry.key, entry.quoted);
        out << YAML::Value;
        write(out, entry.value);
      }
      out << YAML::EndMap;
      return;
  }
}

}  // namespace

std::string dump_yaml(const YamlValue& value) {
  YAML::Emitter out;
  write(out, value);
  return std::string{out.c_str(), out.size()} + "\n";
}

}  // namespace lamarck::nn::detail
