#pragma once

#include <kj/list.h>

#include <asio/execution_context.hpp>

namespace v4v::rpc {
class event_loop;
}

namespace v4v::rpc::detail {

/// Whether this thread has an event loop, and one that is not about to end.
[[nodiscard]] bool has_loop() noexcept;

/// Something that holds objects of KJ's but belongs to Asio, and may so be there longer than the
/// event loop. The loop tells it when it ends, in time to let go of them.
class loop_member {
 public:
  loop_member(const loop_member&) = delete;
  loop_member& operator=(const loop_member&) = delete;

 protected:
  /// Throws kj::Exception (FAILED) unless the thread has an event loop, and that one runs on `io`.
  explicit loop_member(const asio::execution_context& io);
  ~loop_member() { leave(); }

  /// From here on loop_ends() is not called.
  void leave() noexcept;

 private:
  friend class rpc::event_loop;

  virtual void loop_ends() noexcept = 0;

  kj::ListLink<loop_member> link_;

 public:
  using list = kj::List<loop_member, &loop_member::link_>;

 private:
  list& members_;
};

}  // namespace v4v::rpc::detail
