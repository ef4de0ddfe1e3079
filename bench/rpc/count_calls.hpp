#pragma once

#include <string>

namespace v4v::bench {

/// So many null calls in one thread, after a few to be warm, and nothing measured: for Valgrind,
/// which counts their instructions. `over` is "pipe" (KJ's, in memory) or "v4v" (two domains that
/// poll, on one event loop).
void count_calls(int calls, const std::string& over);

}  // namespace v4v::bench
