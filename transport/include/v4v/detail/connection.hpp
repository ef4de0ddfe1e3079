#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <system_error>
#include <utility>

#include "v4v/abi.h"
#include "v4v/detail/buffers.hpp"
#include "v4v/detail/operation.hpp"
#include "v4v/detail/sender.hpp"
#include "v4v/endpoint.hpp"
#include "v4v/message_view.hpp"

namespace v4v::detail {

class byte_queue;
class guest_core;
class listener;
class owned_ring;
struct ring_message;

/// One end of a connection: what a stream is a handle to.
///
/// Messages come in through one of two ways. The end that connected has a ring of its own, for its
/// peer alone, and leaves them there until they are read. So has the end that was accepted if the
/// peer knows the protocol's extension and the domain has a ring left; else it shares the
/// listener's ring with others like it, and its bytes are moved to a bounded queue when no read
/// waits for them. Messages go out to the peer's ring.
///
/// All state is guarded by the guest's lock. Functions that take a `section` expect it to be held.
class connection final : public operation_target,
                         public receiver,
                         public sender,
                         public std::enable_shared_from_this<connection> {
 public:
  /// An end that will connect to `peer`; null, and the reason in `ec`, when it cannot have a ring.
  static std::shared_ptr<connection> create(const std::shared_ptr<guest_core>& core,
                                            const endpoint& peer, std::size_t ring_size,
                                            std::error_code& ec);

  /// An end for a peer that asked `l` for a connection, and offered the extension or not; null when
  /// that peer is gone.
  static std::shared_ptr<connection> accept(section& s, const std::shared_ptr<guest_core>& core,
                                            listener& l, const endpoint& peer, std::uint32_t conid,
                                            bool extended);

  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  // ---- For streams. These take the guest's lock.

  void start_connect(operation& op);
  void start_read(operation& op);
  void start_write(operation& op);

  /// As start_read and start_write, but for what would have to wait: false, and nothing was done.
  bool attempt_read(operation& op);
  bool attempt_write(operation& op);

  /// Ends all waiting operations, or the one with this id, with operation_aborted.
  void cancel();
  void cancel(std::uint64_t id);

  /// Ends all waiting operations with operation_aborted and the connection with RST.
  void close();

  /// The end of one direction, or of both.
  void shutdown(bool receiving, bool sending, std::error_code& ec);

  [[nodiscard]] bool is_open() const;

  /// The largest payload that the peer's ring could ever take; 0 when there is no such ring.
  [[nodiscard]] std::size_t send_buffer_size() const;
  [[nodiscard]] const endpoint& local() const noexcept { return local_; }
  [[nodiscard]] const endpoint& remote() const noexcept { return remote_; }

  // ---- For operations: true when `op` is done, with its results.

  bool read_some(const receive_vector& buffers, operation& op);
  bool take_message(message_view& view, operation& op);
  /// Whichever of the two suits the next message: the second from `long_message` bytes on.
  bool read_or_take(const receive_vector& buffers, std::size_t long_message, message_view& view,
                    operation& op);
  bool write_some(send_vector& data, operation& op);
  bool wait_for_bytes(operation& op);
  bool wait_for_room(operation& op);

  // ---- For the guest and the listener, with the lock held.

  /// Takes what is in the connection's own ring, as far as somebody waits for it.
  void receive(section& s) override;

  /// A message for this connection in the listener's ring. False when there is no room to keep its
  /// bytes: the message must stay where it is.
  bool deliver(section& s, std::uint32_t flags, const ring_message& message);

  bool resume_sending(section& s) override;

  /// The peer is gone, and all that it ever sent has been looked at.
  void nothing_more_comes(section& s);

  void close(section& s);

  [[nodiscard]] std::uint32_t conid() const noexcept { return conid_; }

 private:
  enum class state {
    connecting,
    established,
    ended,  // by the peer's RST: reads end in end of file
    lost,   // the peer vanished, or the ring broke: reads end in an error
    closed  // by its owner
  };
  enum class inbound {
    open,
    ended,    // by the peer's FIN
    unwanted  // by shutdown: what comes is dropped
  };
  enum class outbound {
    open,
    ending,  // by shutdown: no write may begin; FIN follows those that wait
    ended    // FIN was sent, or there is no use in it
  };
  enum class sent { all, blocked, lost };

  connection(std::shared_ptr<guest_core> core, const endpoint& local, const endpoint& remote,
             std::uint32_t conid);

  // Receiving.
  bool nothing_to_read(operation& op);
  void give_room(bool at_once);
  void make_room() noexcept;
  static constexpr std::size_t any_length = ~std::size_t{0};
  std::size_t take(std::span<const asio::mutable_buffer> pieces, std::size_t shorter = any_length);
  std::size_t take_from_ring(std::span<const asio::mutable_buffer> pieces, std::size_t shorter);
  bool next_data(ring_message& message);
  void look_ahead(section& s);
  [[nodiscard]] bool is_data(std::uint32_t flags) const noexcept;
  void on_control(std::uint32_t flags, const ring_message& message);
  void drop_what_came(section& s);
  void drop_messages() noexcept;
  void end_if_peer_still_sends(section& s);
  void take_up_data_port(section& s);
  void answer_ping() noexcept;
  void finish_reads(section& s);
  void settle(section& s);
  void lose(std::error_code why) noexcept;

  // Sending.
  std::shared_ptr<sender> self() noexcept override { return shared_from_this(); }
  [[nodiscard]] bool only_a_thread_waits() const noexcept override;
  void all_was_sent(section& s) override;
  void peer_ring_is_gone(section& s) override;
  void peer_begins_anew(section& s) override;
  void guest_ends() noexcept override;
  void peer_is_gone(section& s);
  void rst_is_settled(section& s);
  void drop_owed() noexcept;
  long send(std::span<const v4v_iov> iov) noexcept;
  sent send_owed() noexcept;
  sent send_control(std::uint32_t flag) noexcept;
  [[nodiscard]] bool fin_is_owed() const noexcept;
  [[nodiscard]] bool no_write_may_begin() const noexcept;
  [[nodiscard]] bool nobody_hears() const noexcept;
  void unblock_if_idle(section& s);

  const std::shared_ptr<guest_core> core_;
  const endpoint local_;
  const endpoint remote_;
  const std::uint32_t conid_;
  state state_ = state::connecting;
  std::error_code lost_because_;
  inbound inbound_ = inbound::open;
  outbound outbound_ = outbound::open;
  bool rst_lies_ahead_ = false;  // in ring_, behind data that nobody has read yet
  bool peer_gone_ = false;       // its ring is; what it sent before is still delivered
  bool extended_ = false;        // both ends know data ports and FIN
  port_type data_port_ =
      V4V_PORT_ANY;  // of the accepted end's ring; the other end: still to take up

  operation_queue connects_;
  operation_queue reads_;
  operation_queue writes_;

  // Receiving: a ring of its own, or a share of the listener's ring with a queue.
  std::unique_ptr<owned_ring> ring_;
  listener* listener_ = nullptr;
  std::unique_ptr<byte_queue> queue_;
  const ring_message* arriving_ = nullptr;  // in deliver(): what reads may take from directly
  bool will_make_room_ = false;             // a handler is on its way
  std::size_t taken_ = 0;                   // bytes already taken of arriving_, or of ring_'s first

  // Sending.
  std::uint32_t owed_ = 0;  // V4V_STREAM_ flags of control messages still to be sent

  // Where the guest keeps it.
  friend class guest_core;
  bool is_listed_ = false;
  std::list<std::shared_ptr<connection>>::iterator among_connections_;
};

}  // namespace v4v::detail
