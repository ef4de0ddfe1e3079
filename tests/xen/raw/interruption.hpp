#pragma once

namespace v4v::raw {

/// From now on SIGINT and SIGTERM do not end the program, but are for it to see: whoever has rings
/// must take them back first, for the hypervisor would go on writing to memory that is no longer
/// the program's.
void catch_interruptions();

/// Whether there was one.
[[nodiscard]] bool interrupted();

}  // namespace v4v::raw
