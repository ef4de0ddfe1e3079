#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>
#include <unordered_map>

#include "v4v/detail/buffers.hpp"
#include "v4v/detail/operation.hpp"
#include "v4v/detail/sender.hpp"
#include "v4v/endpoint.hpp"

namespace v4v::detail {

class guest_core;
class owned_ring;

/// A ring for datagrams from anybody, and those that are to be sent from its port: what a datagram
/// socket is a handle to. Those that do not fit into somebody's ring wait in the order in which
/// they came, and hold up none to somebody else.
///
/// All state is guarded by the guest's lock. Functions that take a `section` expect it to be held.
class datagram_port final : public operation_target,
                            public receiver,
                            public std::enable_shared_from_this<datagram_port> {
 public:
  /// `port` 0 means one that is free. Null, and the reason in `ec`, when there can be no ring.
  static std::shared_ptr<datagram_port> open(const std::shared_ptr<guest_core>& core,
                                             port_type port, std::size_t ring_size,
                                             std::error_code& ec);
  datagram_port(const datagram_port&) = delete;
  datagram_port& operator=(const datagram_port&) = delete;
  ~datagram_port();

  // ---- For sockets. These take the guest's lock.

  void start_receive(operation& op);
  void start_send(operation& op, const endpoint& to);

  /// As these, but for what would have to wait: false, and nothing was done.
  bool attempt_receive(operation& op);
  bool attempt_send(operation& op, const endpoint& to);

  /// Ends all waiting operations, or the one with this id, with operation_aborted.
  void cancel();
  void cancel(std::uint64_t id);
  void close();

  /// From now on only messages from there are received.
  void connect(const endpoint& peer);
  [[nodiscard]] std::optional<endpoint> peer() const;

  [[nodiscard]] bool is_open() const;
  [[nodiscard]] const endpoint& local() const noexcept { return local_; }

  // ---- For operations: true when `op` is done, with its results.

  bool receive_from(const datagram_space& buffers, endpoint& source, operation& op);
  bool wait_for_message(operation& op);
  bool send_to(datagram_vector& data, const endpoint& to, operation& op);

  // ---- For the guest, with the lock held.

  void receive(section& s) override;
  void close(section& s);

 private:
  class route;

  datagram_port(std::shared_ptr<guest_core> core, const endpoint& local,
                std::unique_ptr<owned_ring> ring);
  bool next(struct ring_message& message, operation& op);
  void end(section& s, const std::shared_ptr<route>& r);

  const std::shared_ptr<guest_core> core_;
  const endpoint local_;
  std::unique_ptr<owned_ring> ring_;  // null when closed
  std::optional<endpoint> peer_;
  operation_queue receives_;
  std::unordered_map<endpoint, std::shared_ptr<route>> routes_;  // to full rings
  std::uint32_t space_needed_ = 0;                               // by the send that was tried last
};

}  // namespace v4v::detail
