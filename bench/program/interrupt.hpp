#pragma once

namespace v4v::bench {

/// From now on the first SIGINT is only remembered; a second one ends the program.
void remember_interrupt();

bool interrupted();

}  // namespace v4v::bench
