#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "v4v/abi.h"

namespace v4v::hv {

/// What a hypervisor, or one domain of it, has done since it began.
struct counters {
  std::uint64_t messages = 0;        ///< Messages written into rings.
  std::uint64_t bytes = 0;           ///< Bytes of their payloads.
  std::uint64_t events = 0;          ///< Times a domain was given something to look at.
  std::uint64_t event_syscalls = 0;  ///< Events that cost a system call: the domain may have slept.
  std::uint64_t would_block = 0;     ///< Sends answered EAGAIN: the ring was full.
  std::uint64_t rejections = 0;      ///< Sends answered with any other error.
  /// Sends, and questions of notify, that found the receiver's rx_ptr broken: out of range or not a
  /// multiple of 16. Such a ring is as good as full until its owner mends it.
  std::uint64_t broken_rx = 0;
  std::uint64_t high_water = 0;  ///< The most bytes that were ever in use in one ring.
};

/// What becomes of a message that no rule matches.
enum class policy { accept, reject };

/// What a domain may do: exchange messages, or also change rules and limits (tables_add,
/// tables_del, tables_list, config).
enum class privilege { none, control };

class embedded_domain;

/// A hypervisor inside this process. Its domains are parts of the process (one thread each, say),
/// their guest memory is the process's memory, a hypercall is a function call on the thread that
/// makes it, an event is a flag and an eventfd.
///
/// The memory of a ring, or of an activity page, must stay until the hypercall that takes it back
/// has returned or its domain is destroyed: until then the hypervisor may write to it.
///
/// The isolation is that of threads: a domain that passes a wild pointer crashes the process, as it
/// would without V4V. Everything else is the behaviour of the hypervisor side everywhere.
///
/// Thread safety: distinct and shared objects are safe. The object may be destroyed before its
/// domains; the hypervisor itself lives as long as the last of them.
/// A child of fork(2) has none: threads that were in the middle of a hypercall are not in it.
/// Not from signal handlers, and not from threads that are cancelled meanwhile. Programs and
/// libraries that each contain a copy of this library must not use each other's hypervisors.
class embedded {
 public:
  explicit embedded(policy by_default = policy::accept);  ///< Throws std::bad_alloc.
  ~embedded();
  embedded(const embedded&) = delete;
  embedded& operator=(const embedded&) = delete;

  /// Creates domain `id`, which must be below V4V_DOMAIN_ANY and not in use.
  /// Throws std::system_error: invalid_argument, file_exists (the id is in use), or whatever
  /// eventfd(2) fails with; std::bad_alloc.
  [[nodiscard]] std::unique_ptr<embedded_domain> create_domain(std::uint16_t id,
                                                               privilege may = privilege::none);

  /// The sums over all domains, those that are gone included. Takes the hypervisor's locks for a
  /// moment; the counts of one instant only while nothing runs.
  [[nodiscard]] v4v::hv::counters counters() const;

  /// The domains, rings, waiters, rules and counters of this moment, a line for each: for people
  /// who look for a mistake, not for programs. Takes the hypervisor's locks meanwhile. Throws
  /// std::bad_alloc.
  [[nodiscard]] std::string dump() const;

  class state;  ///< Private to the implementation.

 private:
  std::shared_ptr<state> state_;
};

/// One domain of an embedded hypervisor. Destroying the object is the domain's death: its rings go,
/// whoever waits for space in them and whoever is their partner gets an event, and so does every
/// domain that owns a ring for this one alone.
///
/// Thread safety: hypercall() and the event functions may be called from any thread at any time;
/// destruction must not overlap with any of them.
class embedded_domain {
 public:
  ~embedded_domain();
  embedded_domain(const embedded_domain&) = delete;
  embedded_domain& operator=(const embedded_domain&) = delete;

  [[nodiscard]] std::uint16_t id() const noexcept;

  /// do_v4v_op of v4v/abi.h, made by this domain. Pointers are passed as integers; a page frame
  /// number is an address divided by V4V_PAGE_SIZE. Returns a result >= 0 or a negative errno.
  long hypercall(std::uint32_t op, std::uint64_t arg1, std::uint64_t arg2, std::uint64_t arg3,
                 std::uint64_t arg4) noexcept;

  /// An eventfd, owned by the domain, non-blocking, that becomes readable when the pending flag
  /// goes from clear to set while events are not masked. Read it to make it unreadable again. While
  /// the flag stays set nothing more comes: who is woken by it takes the event, then looks.
  [[nodiscard]] int event_descriptor() const noexcept;

  /// Whether the pending flag is set, as far as the calling thread can see now: what a domain that
  /// polls looks at. It costs no more than reading a word.
  [[nodiscard]] bool event_is_pending() const noexcept;

  /// Clears the pending flag and says whether it was set. Whatever happened before the event is
  /// visible to the caller afterwards; whatever happens after this call sets the flag again. So to
  /// sleep without losing an event: get ready to be woken by the descriptor, take the event, look
  /// at the rings, then sleep.
  bool take_event() noexcept;

  /// While events are masked the flag is set as ever but the descriptor is left alone: a domain
  /// that polls costs its senders no system call. unmask_events() says whether the flag is set by
  /// then. If it is, the caller must take the event and then look at its rings, and must not wait
  /// for the descriptor: events that came while they were masked left it alone. (It may be readable
  /// all the same, from an event before mask_events() that was not taken.) Looking is not enough:
  /// until take_event() clears the flag, later events find it set and do not signal anything.
  void mask_events() noexcept;
  [[nodiscard]] bool unmask_events() noexcept;

  class state;  ///< Private to the implementation.

 private:
  friend class embedded;
  explicit embedded_domain(std::unique_ptr<state> s) noexcept;
  std::unique_ptr<state> state_;
};

}  // namespace v4v::hv
