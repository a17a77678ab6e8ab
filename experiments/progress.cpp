#include "experiments/progress.hpp"

#include <fmt/format.h>

#include <ostream>

#include "experiments/format.hpp"

namespace lamarck::experiments {
namespace {

constexpr auto kRedrawEvery = std::chrono::milliseconds{100};

double seconds_since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

std::string all_metrics(const search::Objectives& objectives, const search::Metrics& metrics) {
  std::string text;
  for (const auto& objective : objectives.list)
    if (const auto found = metrics.find(objective.metric); found != metrics.end())
      text +=
          fmt::format("  {} {}", objective.metric, metric_text(objective.metric, found->second));
  return text;
}

bool costs_an_evaluation(const search::Result& result) {
  return result.status != search::Status::duplicate && result.status != search::Status::rejected;
}

// Cuts at `columns`, never inside a UTF-8 character.
std::string cut(std::string text, std::size_t columns) {
  if (text.size() <= columns) return text;
  std::size_t end = columns;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  text.resize(end);
  return text;
}

}  // namespace

Progress::Progress(std::ostream& out, bool live, std::size_t columns)
    : out_{&out}, live_{live}, columns_{columns}, began_{Clock::now()} {}

void Progress::search_begins(const Experiment& experiment, const search::History& history,
                             int workers) {
  objectives_ = experiment.objectives;
  limits_ = maxima(experiment);
  in_epochs_ = experiment.search.epochs > 0;
  target_ = in_epochs_ ? experiment.search.epochs : experiment.search.evaluations;
  spent_ = 0;
  for (std::size_t id = 0; id < history.size(); ++id)
    if (const auto* result = history.result(id)) spent_ += cost(*result, history.proposal(id));
  spent_before_ = spent_;
  front_ = summarise_front(history, objectives_, limits_);
  began_ = Clock::now();
  say(fmt::format("{}: {} of {} {}, {} {}, method {}", experiment.name,
                  spent_ > 0 ? fmt::format("going on after {}", spent_) : "0", target_,
                  in_epochs_ ? "epochs" : "evaluations", workers,
                  workers == 1 ? "worker" : "workers", experiment.search.method.method));
}

// Of the budget.
std::size_t Progress::cost(const search::Result& result, const search::Proposal& proposal) const {
  if (!costs_an_evaluation(result)) return 0;
  return in_epochs_ ? static_cast<std::size_t>(proposal.epochs) : 1;
}

void Progress::candidate_begins(const search::Proposal& proposal) {
  in_flight_[proposal.id] = {.id = proposal.id};
  redraw();
}

void Progress::candidate_moves(const search::Progress& progress) {
  in_flight_[progress.id] = progress;
  redraw();
}

void Progress::candidate_ends(std::size_t id, const search::Result& result,
                              const search::History& history) {
  in_flight_.erase(id);
  const std::size_t spent = cost(result, history.proposal(id));
  if (spent == 0) return;
  spent_ += spent;
  if (may_change(front_, history, id)) front_ = summarise_front(history, objectives_, limits_);
  if (live_) {
    redraw();
    return;
  }
  bool on_front = false;
  for (const auto& member : front_.members) on_front = on_front || member.id == id;
  const auto& proposal = history.proposal(id);
  say(fmt::format("[{}/{}] {} #{}{}  {}{}{}", spent_, target_,
                  short_duration(seconds_since(began_)), id,
                  result.status == search::Status::done
                      ? all_metrics(objectives_, result.metrics)
                      : fmt::format("  {}: {}", name(result.status), result.message),
                  proposal.origin,
                  proposal.parents.empty() ? "" : fmt::format(" of #{}", proposal.parents.front()),
                  on_front ? fmt::format("  on the front ({}), hypervolume {:.4f}",
                                         front_.members.size(), front_.hypervolume)
                           : ""));
}

void Progress::search_ends(const search::DriverEnd& end) {
  clear();
  in_flight_.clear();
  say(fmt::format("search ended after {}: {}; {} on the front, hypervolume {:.4f}",
                  short_duration(seconds_since(began_)), end.reason, front_.members.size(),
                  front_.hypervolume));
}

void Progress::finals_begin(std::size_t retrainings, std::size_t already_done) {
  finals_ = retrainings;
  finals_done_ = finals_done_before_ = already_done;
  began_ = Clock::now();
  say(fmt::format("finalists: {} retrainings on all training images, each tested once{}",
                  retrainings,
                  already_done > 0 ? fmt::format(" ({} done before)", already_done) : ""));
}

void Progress::final_moves(const FinalJob& job, int epoch, int epochs) {
  finals_in_flight_[job] = {epoch, epochs};
  redraw();
}

void Progress::final_ends(const search::FinalRow& row) {
  ++finals_done_;
  finals_in_flight_.erase({row.proposal, row.start, row.seed});
  std::string scores;
  for (const auto& [name, value] : row.metrics)
    if (name.starts_with("test_")) scores += fmt::format("  {} {}", name, metric_text(name, value));
  if (scores.empty()) scores = "  " + row.message;
  say(fmt::format("[{}/{}] #{} {} seed {}{}", finals_done_, finals_, row.proposal, row.start,
                  row.seed, scores));
}

std::string Progress::search_line() const {
  const std::size_t fresh = spent_ - spent_before_;
  const double elapsed = seconds_since(began_);
  std::string text = fmt::format("{}/{}", spent_, target_);
  if (!front_.members.empty())
    text += fmt::format("  best{}  front {}  hv {:.4f}",
                        all_metrics(objectives_, front_.members.front().metrics),
                        front_.members.size(), front_.hypervolume);
  if (fresh > 0)
    text += "  eta " + short_duration(elapsed / static_cast<double>(fresh) *
                                      static_cast<double>(target_ - std::min(spent_, target_)));
  for (const auto& [id, progress] : in_flight_) {
    text += fmt::format("  #{}", id);
    if (progress.epochs > 0) text += fmt::format(" {}/{}", progress.epoch, progress.epochs);
    if (progress.epoch > 0) text += fmt::format(" {:.1f}%", 100 * progress.accuracy);
  }
  return text;
}

std::string Progress::finals_line() const {
  std::string text = fmt::format("finalists {}/{}", finals_done_, finals_);
  // In retrainings: those done since this process began, and the parts of those under way.
  auto fresh = static_cast<double>(finals_done_ - finals_done_before_);
  std::string flying;
  for (const auto& [job, at] : finals_in_flight_) {
    const auto& [epoch, epochs] = at;
    fresh += static_cast<double>(epoch) / epochs;
    flying +=
        fmt::format("  #{} {} seed {} {}/{}", job.proposal, job.start, job.seed, epoch, epochs);
  }
  if (fresh > 0)
    text += "  eta " + short_duration(seconds_since(began_) / fresh *
                                      (static_cast<double>(finals_ - finals_done_before_) - fresh));
  return text + flying;
}

void Progress::redraw() {
  if (!live_) return;
  if (drawn_once_ && Clock::now() - drawn_ < kRedrawEvery) return;
  *out_ << "\r\x1b[K" << cut(finals_ > 0 ? finals_line() : search_line(), columns_ - 1)
        << std::flush;
  drawn_ = Clock::now();
  drawn_once_ = true;
}

void Progress::clear() {
  if (live_ && drawn_once_) *out_ << "\r\x1b[K";
}

void Progress::say(const std::string& line) {
  clear();
  *out_ << line << '\n' << std::flush;
}

}  // namespace lamarck::experiments
