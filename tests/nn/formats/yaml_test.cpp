#include "nn/formats/yaml.hpp"

#include <chrono>
#include <cmath>
#include <fstream>

#include "kernels/error.hpp"
#include "tests/catch.hpp"
#include "tests/support/temp_folder.hpp"

using namespace lamarck;
using namespace lamarck::nn;
using Catch::Contains;
using Catch::Equals;

namespace {

YamlNode parse(std::string_view text) { return YamlNode::parse(text, "run.yaml"); }

/// What a ConfigError says; empty where there is none.
template <class Action>
std::string complaint(Action action) {
  try {
    action();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}
std::string complaint(const std::string& text) {
  return complaint([&] { (void)parse(text); });
}
std::string times(const std::string& text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

constexpr const char* kExperiment = R"(# a comment
name: fashion-mnist
seed: 1
search:
  method: genetic
  population: 24
  rates: [0.5, 25%, 1e-3]
objectives: [maximize: accuracy, minimize: macs]
train:
quoted: "12"
)";

}  // namespace

TEST_CASE("a document is walked by keys and items", "[yaml]") {
  const YamlNode root = parse(kExperiment);
  CHECK(root.is_map());
  CHECK(root.source() == "run.yaml");
  CHECK(root.path().empty());
  CHECK(root.keys() ==
        std::vector<std::string>{"name", "seed", "search", "objectives", "train", "quoted"});
  CHECK(root.at("name").text() == "fashion-mnist");
  const YamlNode population = root.at("search").at("population");
  CHECK(population.is_scalar());
  CHECK(population.integer() == 24);
  CHECK(population.path() == "search.population");
  CHECK(population.line() == 6);
  CHECK(population.column() == 15);
  CHECK(root.at("objectives").is_list());
  const auto objectives = root.at("objectives").items();
  REQUIRE(objectives.size() == 2);
  CHECK(objectives[1].path() == "objectives[1]");
  CHECK(objectives[1].at("minimize").text() == "macs");
  CHECK(objectives[1].at("minimize").path() == "objectives[1].minimize");
  CHECK(root.at("train").is_null());
  CHECK_FALSE(root.find("absent"));
  CHECK(root.at("seed").text() == "1");
}

TEST_CASE("a node outlives the document it came from", "[yaml]") {
  const YamlNode node = parse("a: {b: [1, 2]}").at("a").at("b").items()[1];
  CHECK(node.integer() == 2);
  CHECK(node.path() == "a.b[1]");
}

TEST_CASE("integers take signs, suffixes and whole decimals", "[yaml]") {
  const auto integer = [](const std::string& text) {
    return parse("x: " + text).at("x").integer();
  };
  CHECK(integer("0") == 0);
  CHECK(integer("-7") == -7);
  CHECK(integer("+7") == 7);
  CHECK(integer("20M") == 20'000'000);
  CHECK(integer("1.5M") == 1'500'000);
  CHECK(integer("4.35M") == 4'350'000);  // not 4349999
  CHECK(integer("3k") == 3000);
  CHECK(integer("2G") == 2'000'000'000);
  CHECK(integer("1e6") == 1'000'000);
  CHECK(integer("9223372036854775807") == INT64_MAX);
  CHECK(integer("-9223372036854775808") == INT64_MIN);
  CHECK(integer("012") == 12);
  for (const char* bad : {"2.5",
                          "1.0001k",
                          "abc",
                          "\"5\"",
                          "true",
                          "",
                          "[1]",
                          "{a: 1}",
                          "1e",
                          "k",
                          "M",
                          "1kk",
                          "9223372036854775808",
                          "1e300",
                          "inf",
                          ".inf",
                          "nan",
                          "0x10",
                          "1_000",

                          "1e3k",
                          "+-5",
                          "--5",
                          "5 5",
                          "٣"}) {
    CAPTURE(bad);
    CHECK_THAT(complaint([&] { (void)integer(bad); }),
               Contains("run.yaml:1:") && Contains("x: expected a whole number"));
  }
}

TEST_CASE("numbers take suffixes and shares", "[yaml]") {
  const auto number = [](const std::string& text) { return parse("x: " + text).at("x").number(); };
  CHECK(number("0.1") == 0.1);
  CHECK(number("-2.5e-3") == -2.5e-3);
  CHECK(number("25%") == 0.25);
  CHECK(number("0.1M") == 100000);
  CHECK(number("7") == 7);
  CHECK(number(".5") == 0.5);
  CHECK(number("5e-324") == 5e-324);
  for (const char* bad : {"abc", "\"0.5\"", "inf", "-inf", ".inf", ".nan", "nan", "1e999", "5%%",
                          "5k%", "1,5", "true", "[]", "", "1.2.3", "e5", "infinity"}) {
    CAPTURE(bad);
    CHECK_THAT(complaint([&] { (void)number(bad); }), Contains("x: expected a number"));
  }
}

TEST_CASE("ranges are named as far as they bind", "[yaml]") {
  const YamlNode node = parse("a: 5\nb: 0.5").at("a");
  CHECK(node.integer(5, 5) == 5);
  CHECK(complaint([&] { (void)node.integer(6); }) ==
        "run.yaml:1:4: a: must be at least 6, found 5");
  CHECK(complaint([&] { (void)node.integer(INT64_MIN, 4); }) ==
        "run.yaml:1:4: a: must be at most 4, found 5");
  CHECK(complaint([&] { (void)node.integer(6, 9); }) ==
        "run.yaml:1:4: a: must be in [6, 9], found 5");
  CHECK(complaint([&] { (void)parse("b: 0.5").at("b").number(0, 0.25); }) ==
        "run.yaml:1:4: b: must be in [0, 0.25], found 0.5");
}

TEST_CASE("booleans", "[yaml]") {
  const auto boolean = [](const std::string& text) {
    return parse("x: " + text).at("x").boolean();
  };
  for (const char* yes : {"true", "True", "TRUE", "yes", "on"}) CHECK(boolean(yes));
  for (const char* no : {"false", "False", "FALSE", "no", "off"}) CHECK_FALSE(boolean(no));
  for (const char* bad : {"1", "\"true\"", "tru", "[true]", ""})
    CHECK_THAT(complaint([&] { (void)boolean(bad); }), Contains("expected true or false"));
}

TEST_CASE("a choice suggests what was meant", "[yaml]") {
  const std::vector<std::string> methods{"random", "greedy", "genetic"};
  CHECK(parse("m: greedy").at("m").choice(methods) == "greedy");
  CHECK(complaint([&] { (void)parse("m: genetik").at("m").choice(methods); }) ==
        "run.yaml:1:4: m: must be one of random, greedy, genetic, found genetik (did you mean "
        "genetic?)");
  CHECK(complaint([&] { (void)parse("m: zzz").at("m").choice(methods); }) ==
        "run.yaml:1:4: m: must be one of random, greedy, genetic, found zzz");
  CHECK_THAT(complaint([&] { (void)parse("m: [greedy]").at("m").choice(methods); }),
             Contains("expected one of random, greedy, genetic, found a list"));
}

TEST_CASE("keys nobody knows are refused at their place", "[yaml]") {
  const YamlNode root = parse(kExperiment);
  CHECK_NOTHROW(root.at("search").only_keys({"method", "population", "rates", "more"}));
  CHECK(complaint([&] {
          root.at("search").only_keys({"method", "populations", "rates"});
        }) == "run.yaml:6:3: search.population: unknown key (did you mean populations?)");
  CHECK(complaint([&] {
          root.at("search").only_keys({"method", "rates"});
        }) == "run.yaml:6:3: search.population: unknown key; there are method, rates");
  CHECK_THAT(complaint([&] { root.at("seed").only_keys({}); }),
             Equals("run.yaml:3:7: seed: expected a map, found 1"));
}

TEST_CASE("the wrong kind is said with what was found", "[yaml]") {
  const YamlNode root = parse(kExperiment);
  CHECK(complaint([&] { (void)root.at("search").text(); }) ==
        "run.yaml:5:3: search: expected text, found a map");
  CHECK(complaint([&] { (void)root.at("name").items(); }) ==
        "run.yaml:2:7: name: expected a list, found fashion-mnist");
  CHECK(complaint([&] { (void)root.at("objectives").keys(); }) ==
        "run.yaml:8:13: objectives: expected a map, found a list");
  CHECK_THAT(complaint([&] { (void)root.at("train").find("x"); }), Contains("found nothing"));
  CHECK_THAT(complaint([&] { (void)root.at("train").text(); }),
             Contains("run.yaml:9:1: train: expected text, found nothing"));
  CHECK_THAT(complaint([&] { (void)root.at("quoted").integer(); }),
             Contains("found the text \"12\""));
  CHECK(complaint([&] { (void)root.at("search").at("absent"); }) ==
        "run.yaml:5:3: search: the key absent is missing");
  CHECK(complaint([&] { root.at("name").fail("is silly"); }) == "run.yaml:2:7: name: is silly");
  CHECK(complaint([&] { root.fail("is silly"); }) == "run.yaml:2:1: is silly");
}

TEST_CASE("malformed documents are refused with a place", "[yaml]") {
  struct Row {
    std::string name, text, message;
  };
  const std::vector<Row> rows{
      {"nothing", "", "run.yaml: empty"},
      {"blanks", " \n\n", "run.yaml: empty"},
      {"comments", "# a\n# b\n", "run.yaml: empty"},
      {"a document mark", "---\n", "run.yaml: empty"},
      {"null", "~", "run.yaml: empty"},
      {"two documents", "a: 1\n---\nb: 2\n", "run.yaml:2:1: a second document"},
      {"a list in itself", "&a [*a]", "run.yaml:1:5: an alias that refers to itself"},
      {"a map in itself", "&a {b: *a}", "run.yaml:1:8: an alias that refers to itself"},
      {"an unknown alias", "a: *b", "run.yaml:1:4: no YAML: the referenced anchor is not defined"},
      {"a key twice", "a: 1\nb: 2\na: 3\n",
       "run.yaml:3:1: the key a is here twice (first in line 1)"},
      {"a key twice inside", "a: {b: 1, b: 2}", "run.yaml:1:11: the key b is here twice"},
      {"a tab", "a:\n\tb: 1\n", "(a tab indents this line; YAML wants spaces)"},
      {"spaces and a tab", "a:\n  \tb: 1\n", "(a tab indents this line; YAML wants spaces)"},
      {"an open bracket", "a: [1, 2\nb: 3", "run.yaml:2:2: no YAML: end of sequence flow"},
      {"two colons", "a: b: c", "run.yaml:1:5: no YAML: illegal map value"},
      {"odd indentation", "a: 1\n  b: 2\n", "run.yaml:2:4: no YAML"},
      {"an open quote", "a: \"x", "no YAML: illegal EOF in scalar"},
      {"Latin-1", "a: caf\xe9\n", "run.yaml:1:7: not a text file in UTF-8: it holds the byte 0xe9"},
      {"a zero byte", std::string("a\0b", 3), "run.yaml:1:2: not a text file in UTF-8"},
      {"UTF-16",
       std::string("\xff\xfe"
                   "a\0",
                   4),
       "run.yaml:1:1: not a text file in UTF-8"},
      {"overlong UTF-8", "a: \xc0\xaf", "not a text file in UTF-8"},
      {"a surrogate", "a: \xed\xa0\x80", "not a text file in UTF-8"},
      {"cut UTF-8", "a: \xe2\x82", "not a text file in UTF-8"},
      {"beyond Unicode", "a: \xf4\x90\x80\x80", "not a text file in UTF-8"},
      {"an escape character", "a: \x1b[0m", "not a text file in UTF-8: it holds the byte 0x1b"},
      {"a list as a key", "{[a]: b}", "run.yaml:1:2: a key must be text"},
      {"no key", ": b", "a key must be text"},
      {"a null key", "~: b", "a key must be text"},
      {"a tag", "a: !foo 5", "run.yaml:1:4: the tag !foo means nothing here"},
      {"a Python tag", "a: !!python/object:os.system x", "means nothing here"},
      {"a tagged list", "a: !foo [1]", "the tag !foo means nothing here"},
      {"deep lists", times("[", 65) + times("]", 65), "run.yaml:1:65: nested deeper than 64"},
      {"very deep lists", times("[", 1 << 20), "nested deeper than 64"},
      {"very deep maps", times("{", 1 << 20), "nested deeper than 64"},
      {"very deep keys", times("{a: ", 1 << 18), "nested deeper than 64"},
      {"very deep dashes", times("- ", 1 << 18), "nested deeper than 64"},
      {"very deep questions", times("? ", 1 << 18), "a key must be text"},
      {"many brackets closed", times("]", 1 << 18), "no YAML"},
      {"too large", std::string((4 << 20) + 1, 'a'), "run.yaml: 4194305 bytes; at most 4194304"},
      {"100 MB", std::string(100 << 20, 'a'), "run.yaml: 104857600 bytes; at most"}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto start = std::chrono::steady_clock::now();
    CHECK_THAT(complaint(row.text), Contains(row.message));
    CHECK(complaint(row.text).size() < 300);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{5});
  }
}

TEST_CASE("aliases expand, but not without end", "[yaml]") {
  const YamlNode root = parse("a: &x {b: 1}\nc: *x\nd: [*x, *x]\n");
  CHECK(root.at("c").at("b").integer() == 1);
  CHECK(root.at("d").items()[1].at("b").path() == "d[1].b");

  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  std::string chain = "a0: &a0 [x]\n";
  for (int i = 1; i < 100; ++i) {
    const std::string n = std::to_string(i);
    const std::string last = "*a" + std::to_string(i - 1);
    laughs += "a" + n + ": &a" + n + " [" + times(last + ", ", 9) + last + "]\n";
    chain += "a" + n + ": &a" + n + " [" + last + "]\n";
  }
  CHECK_THAT(complaint(laughs), Contains("more than 100000 values"));
  CHECK_THAT(complaint(chain), Contains("nested deeper than 64"));
  CHECK_THAT(complaint("a: &a " + std::string(1 << 20, 'x') + "\nb: [" + times("*a, ", 50) + "]\n"),
             Contains("bytes of text, aliases expanded"));
}

TEST_CASE("what is allowed stays allowed", "[yaml]") {
  CHECK_NOTHROW(parse(times("[", 64) + times("]", 64)));
  CHECK(parse("\xef\xbb\xbf"
              "a: 1\n")
            .at("a")
            .integer() == 1);
  CHECK(parse("a: 1\r\nb: 2\r\n").at("b").integer() == 2);
  CHECK(parse("a: 1\nb: {\n\tc: 2}\n").at("b").at("c").integer() == 2);
  CHECK(parse("a: \xe2\x82\xac \xf0\x9f\x98\x80").at("a").text() ==
        "\xe2\x82\xac \xf0\x9f\x98\x80");
  CHECK(parse("a: '" + times("[", 900) + "'").at("a").text().size() == 900);
  CHECK(parse("5").integer() == 5);
  CHECK(parse("%YAML 1.2\n---\na: 1\n").at("a").integer() == 1);
}

TEST_CASE("set overrides and adds", "[yaml]") {
  YamlNode root = parse(kExperiment);
  const YamlNode before = root;
  root.set("search.population", "50");
  root.set("search.limits.macs", "20M");
  root.set("train.epochs", "3");
  root.set("objectives", "[maximize: accuracy]");
  CHECK(root.at("search").at("population").integer() == 50);
  CHECK(root.at("search").at("limits").at("macs").integer() == 20'000'000);
  CHECK(root.at("train").at("epochs").integer() == 3);
  CHECK(root.at("objectives").items().size() == 1);
  CHECK(root.at("search").keys() ==
        std::vector<std::string>{"method", "population", "rates", "limits"});
  CHECK(before.at("search").at("population").integer() == 24);  // copies are their own

  CHECK(complaint([&] { (void)root.at("search").at("population").integer(1, 10); }) ==
        "--set search.population=50: search.population: must be in [1, 10], found 50");
  CHECK(complaint([&] {
          root.at("search").only_keys({"method", "population", "rates"});
        }) ==
        "--set search.limits.macs=20M: search.limits: unknown key; there are method, population, "
        "rates");
  CHECK(complaint([&] { root.at("search").at("limits").only_keys({"mac"}); }) ==
        "--set search.limits.macs=20M: search.limits.macs: unknown key (did you mean mac?)");
  CHECK(complaint([&] { (void)root.at("name").integer(); }) ==
        "run.yaml:2:7: name: expected a whole number, found fashion-mnist");
}

TEST_CASE("set refuses what it cannot do and leaves the document alone", "[yaml]") {
  YamlNode root = parse(kExperiment);
  const std::string before = root.dump();
  struct Row {
    const char *path, *value, *message;
  };
  for (const Row& row :
       {Row{"nodes[0].id", "a", "--set nodes[0].id=a: items of a list cannot be set"},
        {"", "a", "expected a path of keys"},
        {"search..x", "a", "expected a path of keys"},
        {".x", "a", "expected a path of keys"},
        {"x.", "a", "expected a path of keys"},
        {"name.x", "1", "--set name.x=1: name is no map"},
        {"search.method.x.y", "1", "search.method is no map"},
        {"objectives.x", "1", "objectives is no map"},
        {"x", "", "--set x=: empty"},
        {"x", "[1", "--set x=[1:1:"},
        {"x", "{a: 1, a: 2}", "the key a is here twice"},
        {"x", "*a", "no YAML"}}) {
    CAPTURE(row.path, row.value);
    CHECK_THAT(complaint([&] { root.set(row.path, row.value); }), Contains(row.message));
    CHECK(root.dump() == before);
  }
}

TEST_CASE("dump keeps order, kinds and text", "[yaml]") {
  for (const char* text :
       {kExperiment, "[1, 2, [3, {a: b}]]", "plain", "\"quoted\"",
        "a: \"12\"\nb: \"true\"\nc: \"\"\nd: \"null\"\ne: ~\nf: []\ng: {}\n\"null\": 1\n\"5\": x\n",
        "a: |\n  x\n   y\n\n  z\nb: >\n  c\n  d\n",
        "a: \"\\t\\x01\\\"\\\\ \\n: # \"\nb: x#y\nc: -5\n",
        "- {id: a, conv: {out: 16, kernel: [3, 1]}}\n- - x\n  - y\n-\n  - z\n",
        "a: \xe2\x82\xac\n\"\xe2\x82\xac: \": 1\n", "z: 1\na: 2\nm: 3\n"}) {
    CAPTURE(text);
    const YamlNode node = parse(text);
    const std::string dumped = node.dump();
    CHECK(parse(dumped).dump() == dumped);
    CHECK(dumped.ends_with("\n"));
  }
  CHECK(parse("z: 1\na: [x, 'y']\nm: {k: ~}\n").dump() == "z: 1\na: [x, \"y\"]\nm: {k: ~}\n");
  YamlNode root = parse("a: 1\n");
  root.set("b.c", "[1, 2]");
  CHECK(root.dump() == "a: 1\nb:\n  c: [1, 2]\n");
  CHECK(parse(root.dump()).at("b").at("c").items()[1].integer() == 2);
}

TEST_CASE("a file is loaded under its name", "[yaml]") {
  const test::TempFolder folder;
  const auto file = folder.path() / "run.yaml";
  std::ofstream{file} << "a: 1\nb: x\n";
  CHECK(YamlNode::load(file).at("a").integer() == 1);
  CHECK(complaint([&] { (void)YamlNode::load(file).at("b").integer(); }) ==
        file.string() + ":2:4: b: expected a whole number, found x");
  CHECK_THROWS_AS(YamlNode::load(folder.path() / "absent.yaml"), IoError);
  CHECK_THROWS_AS(YamlNode::load(folder.path()), IoError);
  std::filesystem::resize_file(file, 100 << 20);
  CHECK_THAT(complaint([&] { (void)YamlNode::load(file); }), Contains("104857600 bytes; at most"));
}
