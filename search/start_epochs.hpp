// Starts that are trained for longer than other candidates.
//
// Children inherit what their ancestors were trained for, starts begin with nothing: a large one
// that has had as little training as a small one's child falls behind it and is never bred from. So
// hill climbing by network morphisms trains the network that it begins with for longer (T. Elsken,
// J.-H. Metzen, F. Hutter, "Simple and efficient architecture search for convolutional neural
// networks", 2017).
#pragma once
#include <memory>
#include <set>

#include "search/searcher.hpp"

namespace lamarck::search {

/// Gives `epochs` of training to each suggestion of `inner` that is one of `starts` and has no
/// parents: to repeats of a start too. Where the suggestion names its epochs, it keeps them.
/// \throws std::invalid_argument where epochs < 1 or there is no searcher
[[nodiscard]] std::unique_ptr<Searcher> make_longer_starts(std::unique_ptr<Searcher> inner,
                                                           int epochs, std::set<Genome> starts);

}  // namespace lamarck::search
