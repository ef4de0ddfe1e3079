#pragma once

namespace v4v::bench {

/// The processor's time that this process takes while two guests are connected, each reads, and
/// nothing comes; in milliseconds a second. They have the default mode and have just talked.
double idle_cpu(double seconds);

}  // namespace v4v::bench
