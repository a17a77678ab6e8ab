// Files of tables: every shape that docs/tables.md promises, and every mistake.
#include <cmath>
#include <limits>

#include "kernels/error.hpp"
#include "search/table.hpp"
#include "tests/catch.hpp"
#include "tests/support/written_table.hpp"

using namespace lamarck;
using namespace lamarck::search;
using namespace lamarck::test;
using Catch::Contains;

TEST_CASE("a JSON object by genome with a list of seeds", "[table]") {
  const WrittenTable file{
      "t.json", R"({"00": {"acc": [90, 92, 94], "flops": 5}, "01": {"acc": [1], "flops": 6}})"};
  TableFormat format = plain_format();
  format.metrics[0].scale = 0.01;
  const Table table = file.load(format);
  CHECK(table.size() == 2);
  CHECK(table.mean("00", "accuracy") == Approx(0.92));
  CHECK(table.mean("00", "macs") == 5);
  CHECK(table.find("00")->seeds() == 3);
  CHECK(table.known("01")->at("macs") == 6);
  CHECK_FALSE(table.known("11"));
  CHECK(table.find("11") == nullptr);
  CHECK_THROWS_AS(table.mean("11", "accuracy"), std::invalid_argument);
  CHECK_THROWS_AS(table.mean("00", "speed"), std::invalid_argument);
}

TEST_CASE("a JSON list of records with options as a list or as fields", "[table]") {
  const Slots slots{{{"width", 1, {"8", "16"}}, {"act", 1, {"relu", "silu"}}}};
  TableFormat format = plain_format();
  format.entries = "data.rows";
  SECTION("a list") {
    format.key = {"arch"};
    const WrittenTable file{"t.json", R"({"data": {"rows": [
      {"arch": [16, "relu"], "acc": 1, "flops": 2}, {"arch": [8, "silu"], "acc": 3, "flops": 4}]}})"};
    CHECK(file.load(format, slots).mean("16,relu", "accuracy") == 1);
  }
  SECTION("a field a slot") {
    format.key = {"w", "net.act"};
    const WrittenTable file{"t.json", R"({"data": {"rows": [
      {"w": 16, "net": {"act": "relu"}, "acc": 1, "flops": 2}]}})"};
    CHECK(file.load(format, slots).mean("16,relu", "accuracy") == 1);
  }
  SECTION("a text") {
    format.key = {"arch"};
    const WrittenTable file{"t.json",
                            R"({"data": {"rows": [{"arch": "16,relu", "acc": 1, "flops": 2}]}})"};
    CHECK(file.load(format, slots).mean("16,relu", "accuracy") == 1);
  }
}

TEST_CASE("learning curves with gaps or of different lengths are refused", "[table]") {
  TableFormat format = plain_format();
  format.key = {"net"};
  format.epoch = "epoch";
  const auto refused = [&](const std::string& rows, const std::string& why) {
    const WrittenTable file{"t.csv", "net,epoch,acc,flops\n" + rows};
    CHECK_THROWS_WITH(file.load(format), Contains("t.csv") && Contains(why));
  };
  refused("00,1,1,5\n00,2,2,5\n00,4,3,5\n01,1,1,5\n01,2,1,5\n01,3,1,5\n",
          "t.csv:4: epoch 4, but no epoch 3 before it, as in ");
  refused("00,4,1,5\n00,12,2,5\n01,12,2,5\n", "t.csv:4: epoch 12, but no epoch 4 before it");
  refused("00,0,1,5\n00,1,2,5\n01,1,1,5\n01,2,2,5\n", "epoch 1, but no epoch 0 before it");
  // One line that strays is named, whoever lacks its epoch.
  refused("00,4,1,5\n00,12,1,5\n01,4,1,5\n01,12,1,5\n11,4,1,5\n11,5,1,5\n11,12,1,5\n", "t.csv:7");
  refused("00,1,1,5\n00,1.5,2,5\n", "1.5 is no epoch");
  refused("00,-1,1,5\n", "-1 is no epoch");
  refused("00,inf,1,5\n", "inf is no epoch");
  format.seed = "seed";
  const auto uneven = [&](const std::string& rows, const std::string& why) {
    const WrittenTable file{"t.csv", "net,seed,epoch,acc,flops\n" + rows};
    CHECK_THROWS_WITH(file.load(format), Contains(why) && Contains("has 3"));
  };
  uneven("00,1,1,1,5\n00,1,2,2,5\n00,1,3,2,5\n00,2,1,1,5\n00,2,2,2,5\n", "2 epochs of accuracy");
  uneven("00,1,1,1,5\n00,1,2,2,5\n00,1,3,2,5\n00,2,1,1,5\n", "1 epochs of accuracy");
}

TEST_CASE("an entry of one epoch holds no list of epochs", "[table]") {
  TableFormat format = plain_format();
  format.epoch = "epoch";
  format.key = {"net"};
  format.metrics[0].over = TableMetric::Over::epochs;
  SECTION("a list in it") {
    const WrittenTable file{"t.json",
                            R"([{"net": "00", "epoch": 1, "acc": [0.1, 0.2], "flops": 1}])"};
    CHECK_THROWS_WITH(file.load(format), Contains("accuracy has 2 values where every epoch is"));
  }
  SECTION("several columns") {
    format.metrics[0].fields = {"a", "b"};
    const WrittenTable file{"t.csv", "net,epoch,a,b,flops\n00,1,0.1,0.2,5\n"};
    CHECK_THROWS_WITH(
        file.load(format),
        Contains("t.csv:2") && Contains("accuracy has 2 values where every epoch is"));
  }
}

TEST_CASE("times are one of the whole, or one for each value of the curve", "[table]") {
  TableFormat format = plain_format();
  format.seconds = "s";
  format.at_epochs = {4, 12, 36};
  const auto refused = [&](const std::string& seconds) {
    const WrittenTable file{"t.json",
                            R"({"00": {"acc": [[1, 2, 3]], "flops": 5, "s": )" + seconds + "}}"};
    CHECK_THROWS_WITH(file.load(format), Contains("entry 00"));
  };
  for (const bool per_epoch : {false, true}) {
    format.seconds_per_epoch = per_epoch;
    refused("[[1, 2]]");
    refused("[[1, 2, 3, 4]]");
    refused("[1, 2]");
    refused("[[1, -2, 3]]");
    refused("[[1, null, 3]]");
  }
}

TEST_CASE("learning curves may be recorded after some epochs only", "[table]") {
  TableFormat format = plain_format();
  format.seconds = "s";
  format.seconds_per_epoch = true;
  const auto check = [](const Table& table) {
    CHECK(table.epochs() == 36);
    CHECK(table.curve_epochs().at(0) == 4);
    CHECK(table.curve_epochs().at(2) == 36);
    CHECK(table.curve_epochs().points(3) == 0);
    CHECK(table.curve_epochs().points(4) == 1);
    CHECK(table.curve_epochs().points(35) == 2);
    CHECK(table.curve_epochs().points(99) == 3);
    CHECK(table.find("00")->values.at("accuracy") ==
          std::vector<std::vector<double>>{{1, 2, 3}, {4, 5, 6}});
    // 4 epochs of 10 seconds, 8 of 20, 24 of 30; the other entry ends early.
    CHECK(table.find("00")->seconds.front() == std::vector<double>{40, 200, 920});
    CHECK(table.find("01")->values.at("accuracy") == std::vector<std::vector<double>>{{7, 8}});
    CHECK(table.find("01")->seconds.front().back() == 12 * 5);
  };
  SECTION("the field of epochs says which") {
    format.key = {"net"};
    format.seed = "seed";
    format.epoch = "epoch";
    check(WrittenTable{"t.csv",
                       "net,seed,epoch,acc,flops,s\n"
                       "00,0,4,1,5,10\n00,0,36,3,5,30\n00,0,12,2,5,20\n"
                       "00,1,4,4,5,10\n00,1,12,5,5,20\n00,1,36,6,5,30\n"
                       "01,0,4,7,6,5\n01,0,12,8,6,5\n"}
              .load(format));
  }
  SECTION("a list says which, for the lists of an entry") {
    format.at_epochs = {4, 12, 36};
    check(WrittenTable{"t.json", R"({
      "00": {"acc": [[1, 2, 3], [4, 5, 6]], "flops": 5, "s": [[10, 20, 30], [10, 20, 30]]},
      "01": {"acc": [[7, 8]], "flops": 6, "s": 5}})"}
              .load(format));
  }
  SECTION("epochs counted from 0 are the ends of epochs") {
    TableFormat zero = plain_format();
    zero.key = {"net"};
    zero.epoch = "epoch";
    const Table table =
        WrittenTable{"t.csv", "net,epoch,acc,flops\n00,0,1,5\n00,5,2,5\n"}.load(zero);
    CHECK(table.curve_epochs().at(0) == 1);
    CHECK(table.epochs() == 6);
  }
}

TEST_CASE("epochs that a table cannot have been recorded after are refused", "[table]") {
  const WrittenTable file{"t.json", R"({"00": {"acc": [[1, 2, 3]], "flops": 5}})"};
  TableFormat format = plain_format();
  const auto refused = [&](std::vector<int> at_epochs, const std::string& why) {
    format.at_epochs = std::move(at_epochs);
    CHECK_THROWS_WITH(file.load(format), Contains(why));
  };
  refused({4, 12}, "entry 00: a learning curve of 3 values for 2 epochs");
  refused({4, 12, 36, 108},
          "at_epochs names 4 epochs, but the longest learning curve has 3 values");
  format.at_epochs = {4, 12, 12};
  CHECK_THROWS_AS(file.load(format), std::invalid_argument);
  format.epoch = "epoch";
  refused({1, 2, 3}, "by a field and by a list");
  format.epoch = "";
  const WrittenTable seeds{"t.json", R"({"00": {"acc": [1, 2, 3], "flops": 5}})"};
  format.at_epochs = {4, 12, 36};
  CHECK_THROWS_WITH(seeds.load(format), Contains("has 1 value;") && Contains("over: epochs"));
}

TEST_CASE("CSV with a text or a column a slot, and seeds as columns", "[table]") {
  TableFormat format = plain_format();
  format.key = {"net"};
  format.metrics[0].fields = {"acc0", "acc1"};
  const WrittenTable text{"t.csv", "net,acc0,acc1,flops\n00,1,3,10\n\"11\",5,nan,20\n"};
  const Table table = text.load(format);
  CHECK(table.mean("00", "accuracy") == 2);
  CHECK(std::isnan(table.find("11")->values.at("accuracy").at(1).back()));
  CHECK(table.mean("11", "accuracy") == 5);  // of the seed that did not diverge
  format.key = {"first", "second"};
  format.metrics[0].fields = {"acc0"};
  const WrittenTable columns{"t.csv", "first,second,acc0,flops\n0,1,7,10\n"};
  CHECK(columns.load(format).mean("01", "accuracy") == 7);
}

TEST_CASE("CSV with a line for every seed and epoch in any order", "[table]") {
  TableFormat format = plain_format();
  format.key = {"net"};
  format.seed = "seed";
  format.epoch = "epoch";
  format.seconds = "s";
  format.seconds_per_epoch = true;
  const WrittenTable file{"t.csv",
                          "net,seed,epoch,acc,flops,s\n"
                          "00,7,2,4,10,1\n00,7,1,3,10,2\n00,3,1,1,10,3\n00,3,2,2,10,4\n"
                          "01,3,1,9,11,5\n"};
  const Table table = file.load(format);
  const auto& rows = table.find("00")->values.at("accuracy");
  CHECK(rows == std::vector<std::vector<double>>{{1, 2}, {3, 4}});
  CHECK(table.find("00")->seconds == std::vector<std::vector<double>>{{3, 7}, {2, 3}});
  CHECK(table.find("01")->seconds == std::vector<std::vector<double>>{{5}});
}

TEST_CASE("mistakes in a JSON table are named with their place", "[table]") {
  const auto message = [](const std::string& text, const TableFormat& format) -> std::string {
    try {
      static_cast<void>(WrittenTable{"t.json", text}.load(format));
    } catch (const ConfigError& error) {
      return std::string{"config: "} + error.what();
    } catch (const IoError& error) {
      return std::string{"io: "} + error.what();
    }
    return "fine";
  };
  const TableFormat format = plain_format();
  const std::string row = R"({"acc": 1, "flops": 2})";
  CHECK(message(R"({"00": )" + row + "}", format) == "fine");
  CHECK_THAT(message(R"({"00": )" + row + R"(, "00": )" + row + "}", format),
             Contains("config: ") && Contains("key 00 stands twice"));
  CHECK_THAT(message(R"({"02": )" + row + "}", format),
             Contains("entry 02") && Contains("s[1] has no option 2"));
  CHECK_THAT(message(R"({"000": )" + row + "}", format), Contains("3 options"));
  CHECK_THAT(message(R"({"00": {"acc": 1}})", format), Contains("entry 00: no field flops"));
  CHECK_THAT(message(R"({"00": {"acc": "high", "flops": 2}})", format),
             Contains("entry 00: acc: expected a number"));
  CHECK_THAT(message(R"({"00": {"acc": [], "flops": 2}})", format), Contains("list is empty"));
  CHECK_THAT(message(R"({"00": {"acc": 1, "flops": [2, 3]}})", format),
             Contains("macs is to be known beforehand"));
  CHECK_THAT(message("{}", format), Contains("no entry"));
  CHECK_THAT(message("[]", format), Contains("expected an object"));
  CHECK_THAT(message(R"({"00": 3})", format), Contains("entry 00: expected an object"));
  CHECK_THAT(message(R"({"00": )" + row, format), Contains("io: ") && Contains("t.json:1"));
  CHECK_THAT(message("", format), Contains("io: "));
  TableFormat listed = format;
  listed.key = {"net"};
  CHECK_THAT(
      message(R"([{"net": "00", "acc": 1, "flops": 2}, {"net": "00", "acc": 1, "flops": 2}])",
              listed),
      Contains("entry 1") && Contains("same candidate") && Contains("entry 0"));
  CHECK_THAT(message(R"([{"net": {}, "acc": 1, "flops": 2}])", listed),
             Contains("expected an option"));
  TableFormat timed = format;
  timed.seconds = "t";
  CHECK_THAT(message(R"({"00": {"acc": 1, "flops": 2, "t": -1}})", timed),
             Contains("must be a time"));
  CHECK_THAT(message(R"({"00": {"acc": 1, "flops": 2, "t": null}})", timed),
             Contains("must be a time"));
  CHECK_THAT(message(R"({"00": {"acc": 1, "flops": 2, "t": [1, 2]}})", timed),
             Contains("2 times for 1 seeds"));
  TableFormat all_known = format;
  all_known.metrics[0].known = true;
  CHECK_THAT(message(R"({"00": )" + row + "}", all_known), Contains("nothing is left"));
  TableFormat none = format;
  none.metrics.clear();
  CHECK_THAT(message(R"({"00": )" + row + "}", none), Contains("no metrics"));
}

TEST_CASE("mistakes in a CSV table are named with their line", "[table]") {
  TableFormat format = plain_format();
  format.key = {"net"};
  const auto load = [&](const std::string& text, const std::string& name = "t.csv") {
    return WrittenTable{name, text}.load(format);
  };
  CHECK(load("net,acc,flops\n00,1,2\n").size() == 1);
  CHECK_THROWS_WITH(load("net,acc,flop\n00,1,2\n"),
                    Contains("no column flops") && Contains("did you mean flop"));
  CHECK_THROWS_WITH(load("net,acc,flops\n00,1,2\n01,x,2\n"),
                    Contains("t.csv:3") && Contains("'x'"));
  CHECK_THROWS_WITH(load("net,acc,flops\n00,1,2\n00,1,2\n"),
                    Contains("t.csv:3") && Contains("t.csv:2"));
  CHECK_THROWS_WITH(load("net,acc,flops\n05,1,2\n"),
                    Contains("t.csv:2") && Contains("no option 5"));
  CHECK_THROWS_AS(load("net,acc,flops\n00,1\n"), IoError);
  CHECK_THROWS_AS(load("net,acc,flops\n"), IoError);
  CHECK_THROWS_WITH(load("x", "t.txt"), Contains(".json or a .csv"));
  CHECK_THROWS_AS(Table::load("/no/such/table.csv", format, two_slots()), IoError);
  format.key.clear();
  CHECK_THROWS_WITH(load("net,acc,flops\n00,1,2\n"), Contains("needs a key"));
}
