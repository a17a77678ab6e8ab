// What a person sees of a run while it goes on: one live line on a terminal, plain log lines
// elsewhere.
#pragma once
#include <chrono>
#include <iosfwd>
#include <map>
#include <string>

#include "experiments/run.hpp"

namespace lamarck::experiments {

class Progress final : public Watcher {
 public:
  /// `live`: redraw one line; else one line a finished candidate. `columns`: the terminal's width.
  Progress(std::ostream& out, bool live, std::size_t columns = 100);

  void search_begins(const Experiment&, const search::History&, int workers) override;
  void candidate_begins(const search::Proposal&) override;
  void candidate_moves(const search::Progress&) override;
  void candidate_ends(std::size_t id, const search::Result&, const search::History&) override;
  void search_ends(const search::DriverEnd&) override;
  void finals_begin(std::size_t retrainings, std::size_t already_done) override;
  void final_moves(const FinalJob&, int epoch, int epochs) override;
  void final_ends(const search::FinalRow&) override;

 private:
  using Clock = std::chrono::steady_clock;
  void redraw();
  void clear();
  void say(const std::string& line);
  [[nodiscard]] std::size_t cost(const search::Result&, const search::Proposal&) const;
  [[nodiscard]] std::string search_line() const;
  [[nodiscard]] std::string finals_line() const;

  std::ostream* out_;
  bool live_;
  std::size_t columns_;
  search::Objectives objectives_;
  Maxima limits_;
  /// Whether the budget is in epochs, else in evaluations; of it, what is spent.
  bool in_epochs_ = false;
  std::size_t target_ = 0, spent_ = 0, spent_before_ = 0;
  Front front_;
  std::map<std::size_t, search::Progress> in_flight_;
  std::size_t finals_ = 0, finals_done_ = 0, finals_done_before_ = 0;
  std::map<FinalJob, std::pair<int, int>> finals_in_flight_;  // epoch of epochs
  Clock::time_point began_, drawn_;
  bool drawn_once_ = false;
};

}  // namespace lamarck::experiments
