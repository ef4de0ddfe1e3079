#pragma once

#include "kvstore.capnp.h"

namespace kvstore {

/// A store that is empty. Each peer that is handed the result, or a copy of it, uses the same
/// store. To be used in the thread of one event loop.
Store::Client make_store();

}  // namespace kvstore
