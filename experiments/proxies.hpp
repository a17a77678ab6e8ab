// Zero-cost proxies where an experiment uses them: as a prescreen of a search, and beside the
// scores of a run to see what they are worth.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "experiments/config/experiment.hpp"
#include "nn/proxies/proxy.hpp"
#include "search/prescreen.hpp"
#include "search/rank_correlation.hpp"

namespace lamarck::experiments {

/// Proxies of networks with fresh weights on one batch of the training split. Weights and batch
/// follow from the seed alone, so a score depends on the architecture alone.
class ProxyScorer {
 public:
  ProxyScorer(const nn::TrainData& data, const nn::InitOptions& init, int batch, std::uint64_t seed,
              bool winograd = true);
  /// On one thread. Nothing also where the network cannot be run (it is short of memory).
  [[nodiscard]] std::optional<double> operator()(const nn::ProxyKind& kind,
                                                 const nn::Architecture& architecture) const;

 private:
  nn::InitOptions init_;
  std::uint64_t seed_;
  nn::ProxyBatch batch_;
};

/// The score of search.prescreen, of genomes that are architectures.
[[nodiscard]] search::CheapScore prescreen_score(const Experiment& experiment,
                                                 const nn::TrainData& data);

/// How well one cheap number ranks the candidates of a run.
struct ProxyRow {
  enum class Kind { network, baseline, run };  ///< run: what training itself tells early
  std::string name;
  Kind kind = Kind::network;
  std::size_t candidates = 0;  ///< that have both numbers
  std::optional<search::Correlation> spearman = {}, kendall = {};
  std::optional<double> error = {};  ///< mean distance from the score, of what predicts it
  double seconds = 0;                ///< a candidate's; 0 where it comes for free
};
/// Against `metric` of the candidates that are done, at most `limit` of them, evenly through the
/// history; each as it was first evaluated, not as it was repeated or trained further. What is the
/// same for all candidates of a run (how long they were trained) has no row. `scorer`: none where
/// candidates are no networks.
[[nodiscard]] std::vector<ProxyRow> proxy_rows(const search::History& history,
                                               const std::string& metric, bool maximize,
                                               const ProxyScorer* scorer, std::size_t limit);

/// One sentence about which of them to trust.
[[nodiscard]] std::string verdict(const std::vector<ProxyRow>& rows);

}  // namespace lamarck::experiments
