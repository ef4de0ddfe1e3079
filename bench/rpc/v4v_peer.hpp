#pragma once

#include <cstddef>

#include <v4v/busy_poll.hpp>

#include "payload.hpp"
#include "peer.hpp"

namespace v4v::bench {

/// v4v::rpc between two domains, a thread each.
class v4v_peer final : public peer {
 public:
  v4v_peer(busy_poll polling, std::size_t ring_size, const payload& of_run)
      : polling_{polling}, ring_size_{ring_size}, payload_{of_run} {}

  void with_caller(const std::function<void(caller&)>& measure) override;

 private:
  const busy_poll polling_;
  const std::size_t ring_size_;
  const payload& payload_;
};

}  // namespace v4v::bench
