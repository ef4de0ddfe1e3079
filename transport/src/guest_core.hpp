#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>

#include "completion_run.hpp"
#include "notify_block.hpp"
#include "poll_time.hpp"
#include "remote_ring.hpp"
#include "v4v/detail/operation.hpp"
#include "v4v/detail/sender.hpp"
#include "v4v/link.hpp"
#include "watch_list.hpp"

namespace v4v::detail {

class connection;
class datagram_port;
class listener;
class owned_ring;

/// What happens under the guest's lock, and what remains to be done when it is released.
class section {
 public:
  /// Operations that are done. They are handed to their handlers after the lock is released.
  operation_queue completed;

  /// Ends an operation with an error.
  void complete(operation& op, std::error_code ec) {
    op.done(ec);
    completed.push(op);
  }
};

/// A guest: its link, its rings, its connections, and the way from an event to the operations that
/// it completes.
///
/// One lock guards the guest and all of its sockets. It is held while rings are read and hypercalls
/// are made, never while user code runs; no other lock is taken under it.
///
/// The guest listens for events only while somebody waits for one, so an idle guest does not keep
/// io_context::run() from returning. No event is lost: arm() reads the descriptor empty and gets a
/// wait for it under way, then the event is taken, which clears the pending flag, then the rings
/// are looked at. What happens before the flag is cleared is seen by that look; what happens after
/// it sets the flag anew and makes the descriptor readable, which ends the wait, also one that
/// begins when it is readable already. Where that was left from before, on_event() looks in vain.
///
/// Whoever reads from the descriptor takes the event afterwards, under the same lock or as the next
/// thing that the thread does: who calls arm(), and work(). So where nothing is armed, and no
/// on_event() is to come, an event since the last taking has the flag set and the descriptor
/// readable, or sets the flag while they are masked. A thread that sleeps in sleep() looked after
/// it had taken the event, as above; whoever reads away what is to wake it looks for it.
///
/// Whether the flag was set is asked only to save a look: a link may say each time that it was.
///
/// Before it sleeps like that it may look for a while whether there is something, in handlers that
/// post themselves (poll); events are masked meanwhile. It looks at the activity page, whose bits
/// lose nothing by themselves, and leaves the flag set: then those who send need not write to it.
/// (Where the page does not tell all it looks at the flag, and takes it.) To stop, it unmasks
/// events and then sleeps as above: what came while they were masked has set the flag, and is seen
/// by that look.
class guest_core : public std::enable_shared_from_this<guest_core> {
 public:
  guest_core(asio::io_context& io, std::unique_ptr<v4v::link> link, const busy_poll& polling);
  ~guest_core();
  guest_core(const guest_core&) = delete;
  guest_core& operator=(const guest_core&) = delete;

  /// Runs `f(section&)` under the lock, then posts the completions. For calls by the user, whose
  /// handlers must not run inside of them.
  template <class F>
  void locked(F&& f) {
    section s;
    completions::promise meanwhile;
    {
      const std::lock_guard lock(mutex_);
      f(s);
      settle(s);
      if (s.completed.has_one_for_the_io_context()) meanwhile.make(completions_);
    }
    if (!s.completed.empty()) completions_.end(s.completed);
  }

  template <class F>
  auto peek(F&& f) {
    const std::lock_guard lock(mutex_);
    return f();
  }

  /// The end of the guest: all operations end with operation_aborted, all connections with RST, the
  /// rings go, the link is closed.
  void close();

  /// The same at the end of the io_context: operations are destroyed unfinished.
  void abandon();

  /// For threads that block, from first to last: while there is one the guest does not poll.
  void thread_blocks();
  void thread_goes_on();

  /// For these threads: takes an event, if there is one, and does what it is about.
  void work();

  /// Until there may be an event, or `other` is readable.
  void sleep(int other);

  [[nodiscard]] asio::io_context& context() noexcept { return io_; }

  // ---- With the lock held.

  [[nodiscard]] bool is_closed() const noexcept { return link_ == nullptr; }
  [[nodiscard]] v4v::link& link() noexcept { return *link_; }
  [[nodiscard]] domain_type domain() const noexcept { return domain_; }
  [[nodiscard]] std::size_t max_sendv() const noexcept { return max_sendv_; }
  [[nodiscard]] std::size_t max_send_size() const noexcept { return max_send_size_; }

  /// A ring at `port`, or, if that is V4V_PORT_ANY, at one that is free and not one of a service.
  /// Null, and the reason in `ec` (file exists: the port is taken), if there can be none.
  [[nodiscard]] std::unique_ptr<owned_ring> open_ring(port_type port, domain_type partner,
                                                      std::size_t bytes, std::error_code& ec);
  [[nodiscard]] std::uint32_t random_conid() noexcept;

  void wait(operation_queue& queue, operation& op) noexcept;
  operation* stop_waiting(operation_queue& queue) noexcept;
  operation* stop_waiting(operation_queue& queue, std::uint64_t id) noexcept;

  /// Ends all operations of a queue.
  void complete_all(section& s, operation_queue& queue, std::error_code ec);

  void add(std::shared_ptr<listener> l);
  void add(std::shared_ptr<datagram_port> p) { datagram_ports_.insert(std::move(p)); }
  void remove(const std::shared_ptr<datagram_port>& p) { datagram_ports_.erase(p); }
  void add(const std::shared_ptr<connection>& c);
  void remove(connection& c);

  /// Gives `c` the ring that it sends to; false when there is no such ring.
  [[nodiscard]] bool attach(section& s, sender& c, const endpoint& address);
  void detach(section& s, sender& c);

  /// Whether there is a ring at `address` for this domain.
  [[nodiscard]] bool exists(const endpoint& address) noexcept;

  /// Whether a message of so many bytes fits there now. If not, this domain is told when it may.
  [[nodiscard]] bool has_room(const remote_ring& ring, std::uint32_t bytes) noexcept;

  /// A new connection begins at `address`: what closed ones still owe to its peer is of no use.
  void forget_owed(section& s, const endpoint& address);

  /// `c` has something to send that does not fit. It is asked to resume_sending() when it may.
  void block(sender& c);
  void unblock(section& s, sender& c);

  /// This domain gave back space in one of its rings; whoever waits for it is to be told.
  void space_was_freed() noexcept { space_freed_ = true; }

  /// A message goes out to somebody who may answer it soon.
  void has_sent() noexcept { ++sent_; }

  /// Sends a message of the stream protocol that nobody will repeat if it gets lost.
  void send_once(const endpoint& from, const endpoint& to, std::uint32_t flags,
                 std::uint32_t conid) noexcept;

 private:
  void settle(section& s);
  void arm();
  void drain_descriptor() noexcept;
  void on_event();
  void start_polling();
  void stop_polling() noexcept;
  void poll();
  bool look_for_a_while(section& s, bool at_all);
  enum class sight { nothing, more_of_the_same, something };
  sight spin(bool at_all) noexcept;
  struct posts_next_look;
  [[nodiscard]] bool something_came() noexcept;
  [[nodiscard]] port_type next_port() noexcept;
  void look(section& s);
  void ask_about(section& s, const std::vector<endpoint>& addresses);
  void watch(const remote_ring& ring) noexcept;
  [[nodiscard]] v4v_ring_data_ent ask(const endpoint& address, std::uint32_t need = 0) noexcept;
  void answer(section& s, const v4v_ring_data_ent& entry);
  void ring_is_gone(section& s, remote_ring& ring);
  void resume(section& s, endpoint address);
  void tear_down(section& s);

  asio::io_context& io_;
  completions& completions_;
  std::unique_ptr<v4v::link> link_;
  const domain_type domain_;
  std::size_t max_sendv_;
  std::size_t max_notify_;
  std::size_t max_send_size_;

  std::mutex mutex_;
  // None when the guest is closed: the object may outlive the io_context, with a view.
  std::optional<asio::posix::basic_stream_descriptor<asio::io_context::executor_type>> event_;
  bool armed_ = false;
  bool polling_ = false;  // events are masked, and poll() looks
  bool poll_is_posted_ = false;
  std::uint64_t sent_ = 0;
  bool others_run_here_ = false;  // as the last yield has shown
  std::size_t blocked_threads_ = 0;
  poll_time poll_time_;
  poll_time::clock::time_point idle_since_;  // while armed_ or polling_
  std::size_t waiting_ = 0;  // operations and blocked connections that the io_context works for

  watch_list watchers_;
  std::vector<std::shared_ptr<listener>> listeners_;
  std::list<std::shared_ptr<connection>> connections_;
  std::set<std::shared_ptr<datagram_port>> datagram_ports_;
  std::unordered_map<endpoint, std::unique_ptr<remote_ring>> remote_rings_;
  std::unordered_set<endpoint> awaited_;  // those of them that are asked for space
  notify_block questions_;                // of ask_about, kept for its memory
  bool space_freed_ = false;
  port_type next_port_ = 0;
  std::uint64_t random_state_;
};

}  // namespace v4v::detail
