// Ctrl-C and SIGTERM as a question that can be asked.
#pragma once

namespace lamarck::experiments {

/// From now on, to the end of the process, the first SIGINT or SIGTERM is remembered instead of
/// ending it, so that one that comes when the work is done does not make it look undone; a second
/// one ends it at once.
void watch_for_interrupts();
/// Whether one came since then.
[[nodiscard]] bool interrupted();

}  // namespace lamarck::experiments
