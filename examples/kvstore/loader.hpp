#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <kj/async.h>

#include "kvstore.capnp.h"

namespace kvstore {

/// Called now and then with how many pieces are done.
using progress = std::function<void(std::size_t)>;

/// Puts each piece under its number: streaming calls, sent as fast as the store takes them, behind
/// one that is waited for. Returns when the store has them all.
void load(Store::Client store, const std::vector<std::string_view>& pieces, const progress& report,
          kj::WaitScope& scope);

/// Reads the pieces back and compares them. Each takes two calls, the second on the result of the
/// first and sent along with it; many pieces are under way at once. Throws std::runtime_error at
/// the first that differs.
void compare(ReadOnlyStore::Client store, const std::vector<std::string_view>& pieces,
             const progress& report, kj::WaitScope& scope);

/// Makes `n` calls, each after the answer to the one before. Returns how long each took, sorted.
std::vector<std::chrono::nanoseconds> measure_round_trips(ReadOnlyStore::Client store,
                                                          std::size_t n, kj::WaitScope& scope);

}  // namespace kvstore
