// What a person sees of a run: log lines without a terminal, one line redrawn on one.
#include "experiments/progress.hpp"

#include <sstream>
#include <thread>

#include "tests/catch.hpp"

using namespace lamarck;
using namespace lamarck::experiments;
using search::Status;

namespace {

Experiment experiment_of(std::size_t evaluations) {
  Experiment experiment;
  experiment.name = "trial";
  experiment.search.evaluations = evaluations;
  experiment.objectives = {
      {{.metric = "accuracy", .maximize = true}, {.metric = "macs", .maximize = false}},
      search::Ranking::pareto};
  experiment.space.limits.macs = 1e6;
  return experiment;
}

search::Result done(double accuracy, double macs) {
  return {.metrics = {{"accuracy", accuracy}, {"macs", macs}}, .message = ""};
}

search::Proposal child(std::size_t id) {
  search::Proposal proposal{.id = id,
                            .genome = {std::to_string(id)},
                            .key = std::to_string(id),
                            .origin = id == 0 ? "start" : "mutate"};
  if (id > 0) proposal.parents = {id - 1};
  return proposal;
}

// A search of three candidates and a retraining, told to `progress`.
void play(Progress& progress) {
  search::History history;
  progress.search_begins(experiment_of(3), history, 2);
  const std::vector<search::Result> results{
      done(0.5, 2e5), done(0.9, 5e5), {.status = Status::failed, .message = "out of memory"}};
  for (std::size_t id = 0; id < results.size(); ++id) {
    history.add(child(id));
    progress.candidate_begins(history.proposal(id));
    progress.candidate_moves({.id = id, .epoch = 1, .epochs = 2, .accuracy = 0.25});
    history.add(id, results[id]);
    progress.candidate_ends(id, results[id], history);
  }
  progress.search_ends({search::Stop::evaluations, "all 3 evaluations are done"});
  progress.finals_begin(2, 0);
  progress.final_moves({1, "inherited", 0}, 3, 12);
  progress.final_ends({.proposal = 1,
                       .start = "inherited",
                       .seed = 0,
                       .metrics = {{"test_accuracy", 0.91}},
                       .weights = ""});
  progress.final_ends({.proposal = 1,
                       .start = "inherited",
                       .seed = 1,
                       .metrics = {},
                       .message = "diverged: loss is nan"});
}

std::string after_the_last_redraw(const std::string& text) {
  return text.substr(text.rfind("\r\x1b[K") + 4);
}

}  // namespace

TEST_CASE("without a terminal each candidate is a plain line", "[progress]") {
  std::ostringstream out;
  Progress progress{out, false};
  play(progress);
  const std::string text = out.str();
  INFO(text);
  CHECK(text.find('\r') == std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("trial: 0 of 3 evaluations, 2 workers, method lamarck\n") == 0);
  CHECK(text.find("[1/3]") != std::string::npos);
  CHECK(text.find(
            "#0  accuracy 50.00 %  macs 200 k  start  on the front (1), hypervolume 0.4000\n") !=
        std::string::npos);
  CHECK(text.find("#1  accuracy 90.00 %  macs 500 k  mutate of #0  on the front (2)") !=
        std::string::npos);
  CHECK(text.find("#2  failed: out of memory  mutate of #1\n") != std::string::npos);
  CHECK(text.find("all 3 evaluations are done; 2 on the front") != std::string::npos);
  CHECK(text.find("[1/2] #1 inherited seed 0  test_accuracy 91.00 %\n") != std::string::npos);
  CHECK(text.find("[2/2] #1 inherited seed 1  diverged: loss is nan\n") != std::string::npos);
}

TEST_CASE("on a terminal one line tells where the search stands", "[progress]") {
  std::ostringstream out;
  Progress progress{out, true, 200};
  search::History history;
  progress.search_begins(experiment_of(3), history, 2);
  history.add(child(0));
  history.add(0, done(0.5, 2e5));
  progress.candidate_ends(0, *history.result(0), history);
  history.add(child(1));
  progress.candidate_begins(history.proposal(1));
  std::this_thread::sleep_for(std::chrono::milliseconds{150});  // it redraws ten times a second
  progress.candidate_moves({.id = 1, .epoch = 1, .epochs = 2, .accuracy = 0.25});
  const std::string line = after_the_last_redraw(out.str());
  INFO(line);
  CHECK(line.find('\n') == std::string::npos);
  CHECK(line.find("1/3  best  accuracy 50.00 %") == 0);
  CHECK(line.find("front 1  hv 0.4000") != std::string::npos);
  CHECK(line.find("eta ") != std::string::npos);
  CHECK(line.find("#1 1/2 25.0%") != std::string::npos);

  progress.search_ends({search::Stop::interrupted, "stopped"});
  progress.finals_begin(4, 1);
  std::this_thread::sleep_for(std::chrono::milliseconds{150});
  progress.final_moves({1, "inherited", 0}, 3, 12);
  const std::string finals = after_the_last_redraw(out.str());
  INFO(finals);
  CHECK(finals.find("finalists 1/4  eta ") == 0);
  CHECK(finals.find("#1 inherited seed 0 3/12") != std::string::npos);
}

TEST_CASE("the live line never wraps", "[progress]") {
  std::ostringstream out;
  Progress progress{out, true, 20};
  play(progress);
  std::istringstream pieces{out.str()};
  for (std::string piece; std::getline(pieces, piece, '\r');) {
    if (!piece.starts_with("\x1b[K") || piece.find('\n') != std::string::npos) continue;
    CHECK(piece.size() - 3 < 20);
  }
}

TEST_CASE("a run gone on with says after how many", "[progress]") {
  std::ostringstream out;
  Progress progress{out, false};
  search::History history;
  history.add(child(0));
  history.add(0, done(0.5, 2e5));
  progress.search_begins(experiment_of(3), history, 1);
  CHECK(out.str() == "trial: going on after 1 of 3 evaluations, 1 worker, method lamarck\n");
}

TEST_CASE("a budget in epochs is told in epochs", "[progress]") {
  std::ostringstream out;
  Progress progress{out, false, 100};
  Experiment experiment = experiment_of(12);
  experiment.search.epochs = 12;
  search::History history;
  progress.search_begins(experiment, history, 1);
  for (std::size_t id = 0; id < 2; ++id) {
    search::Proposal proposal = child(id);
    proposal.epochs = 3;
    history.add(proposal);
    history.add(id, done(0.5, 2e5));
    progress.candidate_ends(id, *history.result(id), history);
  }
  INFO(out.str());
  CHECK(out.str().find("trial: 0 of 12 epochs, 1 worker") == 0);
  CHECK(out.str().find("[3/12]") != std::string::npos);
  CHECK(out.str().find("[6/12]") != std::string::npos);
}
