#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <system_error>
#include <unordered_map>
#include <vector>

#include "v4v/detail/operation.hpp"
#include "v4v/detail/sender.hpp"
#include "v4v/endpoint.hpp"

namespace v4v::detail {

class connection;
class guest_core;
class owned_ring;
class section;
struct ring_message;

/// A ring for any partner, the connections that were asked for and not yet accepted, and the way of
/// its messages to the accepted ones. It lives on after its acceptor was closed, without accepting,
/// until the last of its connections has ended.
///
/// All state is guarded by the guest's lock. Functions that take a `section` expect it to be held.
class listener final : public operation_target,
                       public receiver,
                       public std::enable_shared_from_this<listener> {
 public:
  static std::shared_ptr<listener> open(const std::shared_ptr<guest_core>& core, port_type port,
                                        std::size_t ring_size, std::size_t backlog,
                                        std::error_code& ec);
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;
  ~listener();

  // ---- For acceptors. These take the guest's lock.

  void start_accept(operation& op);
  bool attempt_accept(operation& op);  ///< False, and nothing was done, if it would have to wait.
  void cancel();
  void cancel(std::uint64_t id);
  void close();

  [[nodiscard]] bool is_open() const;
  [[nodiscard]] const endpoint& local() const noexcept { return local_; }

  // ---- For the guest and the connections.

  /// Takes the messages in the ring: to reads, to queues, to the backlog. Stops at one whose
  /// connection has no room for it.
  void receive(section& s) override;

  /// Rings of others may be gone: those of peers that wait to be accepted, too.
  void rings_are_gone() noexcept;

  [[nodiscard]] bool is_stalled() const noexcept { return stalled_; }

  void close(section& s);

  /// Gives the ring back, and refuses the requests that are found in it.
  void end(section& s);

  void add(connection& c);
  void remove(connection& c);

  /// A closed connection still owes its peer an RST; the ring stays until that is settled.
  void keep_for_rst() noexcept { ++owed_rsts_; }
  void rst_is_settled() noexcept { --owed_rsts_; }

  /// The peer of `c` is gone: `c` is told when there is nothing left of it in the ring.
  void wait_for_the_last_of(section& s, connection& c);

  /// Memory for the ring of an accepted connection that has its own.
  [[nodiscard]] std::size_t stream_ring_size() const noexcept { return queue_limit_; }

  /// How many bytes a connection may have in its queue before its next message has to wait.
  [[nodiscard]] std::size_t queue_limit() const noexcept { return queue_limit_; }

  [[nodiscard]] bool is_done() const noexcept {
    return !accepting_ && connections_.empty() && owed_rsts_ == 0;
  }

 private:
  struct request {
    endpoint peer;
    std::uint32_t conid;
    bool extended;  // the peer offers the extension
    bool is_known_to_live = false;
  };

  listener(std::shared_ptr<guest_core> core, const endpoint& local,
           std::unique_ptr<owned_ring> ring, std::size_t backlog, std::size_t queue_limit);

  template <class F>
  void undisturbed(section& s, F&& f);
  void take_messages(section& s);
  bool handle(section& s, const ring_message& message);
  void ask(section& s, const request& r);
  void forget(const request& r);
  bool has_place_for(domain_type newcomer);
  void serve(section& s);
  bool give_next(section& s, operation& op);
  void refuse(const request& r);
  void fail(section& s);

  const std::shared_ptr<guest_core> core_;
  const endpoint local_;
  const std::size_t backlog_limit_;
  const std::size_t queue_limit_;
  std::unique_ptr<owned_ring> ring_;
  bool accepting_ = true;
  bool stalled_ = false;
  bool busy_ = false;  // with messages or accepts
  std::deque<request> backlog_;
  operation_queue accepts_;
  std::unordered_map<endpoint, connection*> connections_;
  std::vector<connection*> gone_;
  std::size_t owed_rsts_ = 0;
};

}  // namespace v4v::detail
