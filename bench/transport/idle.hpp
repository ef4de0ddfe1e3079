#pragma once

namespace v4v::bench {

/// Milliseconds of processor time that a second of a connection takes of which both ends read and
/// nothing comes, in the usual mode of guests. It takes so many seconds to see.
double idle_milliseconds(double seconds);

}  // namespace v4v::bench
