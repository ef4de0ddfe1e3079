#pragma once

#include "payload.hpp"
#include "peer.hpp"

namespace v4v::bench {

/// Cap'n Proto as it comes, over a UNIX socket: two threads, each with KJ's own event loop.
class kj_peer final : public peer {
 public:
  explicit kj_peer(const payload& of_run) : payload_{of_run} {}
  void with_caller(const std::function<void(caller&)>& measure) override;

 private:
  const payload& payload_;
};

/// Both ends in one thread, and KJ's pipe in memory between them: what Cap'n Proto itself takes.
class pipe_peer final : public peer {
 public:
  explicit pipe_peer(const payload& of_run) : payload_{of_run} {}
  void with_caller(const std::function<void(caller&)>& measure) override;

 private:
  const payload& payload_;
};

}  // namespace v4v::bench
