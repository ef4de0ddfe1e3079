#pragma once

#include <kj/async.h>

#include <cstddef>
#include <cstdint>
#include <map>

#include "v4v/endpoint.hpp"
#include "v4v/stream.hpp"

namespace v4v::rpc {

/// Connections that this end has ended, and whose peers are to read why. The reason would be lost
/// if the stream were closed at once: a peer that writes to it meanwhile gets an error, on which
/// Cap'n Proto reads no further. So what the peer sends is read and dropped until it ends the
/// connection, too.
///
/// Of a peer that does not, there are few_enough of these; the oldest go when there are more. What
/// it sends on them costs this end less than what it may send on its other connections.
class farewells final : private kj::TaskSet::ErrorHandler {
 public:
  static constexpr std::size_t few_enough = 4;  // of one domain

  farewells() : streams_{*this} {}

  /// Of `stream`, which need not be open, all has been written.
  void add(domain_type domain, v4v::stream&& stream);

  /// Resolves when there are none. One such promise at a time.
  [[nodiscard]] kj::Promise<void> on_empty() { return streams_.onEmpty(); }

  /// Closes them, and from now on whatever is added.
  void cut();

 private:
  using fulfiller = kj::Own<kj::PromiseFulfiller<void>>;

  void taskFailed(kj::Exception&&) override {}

  std::map<domain_type, std::map<std::uint64_t, fulfiller>> of_domain_;  // by age
  std::uint64_t next_ = 0;
  bool cut_ = false;
  kj::TaskSet streams_;
};

}  // namespace v4v::rpc
