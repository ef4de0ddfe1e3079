#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "v4v/abi.h"
#include "v4v/endpoint.hpp"

namespace v4v {

/// A second mapping of a ring's memory, for reading: it shows what is in the ring, until a page of
/// it is detached; then that page stays as it is, whatever is written to the ring. It may outlive
/// the memory that it was made of.
///
/// It has the memory's n pages, and behind them the second to the last once more. So what goes
/// round the end of a ring can be shown in one piece, if the ring ends sizeof(v4v_ring) bytes into
/// its last page: there what stands behind the header in the first page goes on, once that is
/// written there, and behind it follows the second page.
///
/// Not thread-safe, but what it shows may be read at any time by any thread.
class private_mapping {
 public:
  virtual ~private_mapping() = default;
  private_mapping() = default;
  private_mapping(const private_mapping&) = delete;
  private_mapping& operator=(const private_mapping&) = delete;

  /// 2 n - 1 pages.
  [[nodiscard]] virtual std::span<const std::byte> bytes() const noexcept = 0;

  /// Keeps `count` pages from the `first`-th on as they are now; each then takes memory of its own.
  /// False, and any of them may be detached, if there is none.
  [[nodiscard]] virtual bool detach(std::size_t first, std::size_t count) noexcept = 0;

  /// Has them show what is in the ring again, and gives that memory back.
  virtual void attach(std::size_t first, std::size_t count) noexcept = 0;

  /// Has `bytes` stand at `offset`, all of it in a page that is detached. Others may be reading the
  /// rest of that page.
  virtual void write(std::size_t offset, std::span<const std::byte> bytes) noexcept = 0;
};

/// Memory that a link handed out for a ring: page-aligned, zeroed, and known to the hypervisor by
/// its page frame numbers. Destroying it gives it back; the ring must be unregistered by then.
class ring_memory {
 public:
  virtual ~ring_memory() = default;
  ring_memory() = default;
  ring_memory(const ring_memory&) = delete;
  ring_memory& operator=(const ring_memory&) = delete;

  [[nodiscard]] virtual std::span<std::byte> bytes() noexcept = 0;
  [[nodiscard]] virtual std::span<const std::uint64_t> page_frames() const noexcept = 0;

  /// A private mapping; null where there can be none, or if that fails. Messages are then copied
  /// where they would else be looked at in the ring.
  [[nodiscard]] virtual std::unique_ptr<private_mapping> map_privately() noexcept {
    return nullptr;
  }
};

/// The way from a guest to its hypervisor: hypercalls out, events in, memory for rings. There is
/// one implementation per kind of hypervisor, and nothing above it knows which.
///
/// The hypercalls are those of v4v/abi.h, with its arguments, results and errors (>= 0, or a
/// negative errno). They never block.
///
/// Thread safety: any function may be called from any thread.
class link {
 public:
  virtual ~link() = default;
  link() = default;
  link(const link&) = delete;
  link& operator=(const link&) = delete;

  /// The words of the activity page that the hypervisor has of this domain, from which a guest
  /// learns which of its rings have messages; valid as long as the link. Empty if the hypervisor
  /// knows no such page: then a guest looks at all of its rings.
  [[nodiscard]] virtual std::span<std::uint64_t> activity() noexcept { return {}; }

  /// The domain that this program is.
  [[nodiscard]] virtual domain_type domain() const noexcept = 0;

  /// `bytes` of memory, rounded up to whole pages. Throws std::bad_alloc or std::system_error.
  [[nodiscard]] virtual std::unique_ptr<ring_memory> allocate(std::size_t bytes) = 0;

  /// `ring` lies at the start of memory that allocate() gave; all of its pages are registered.
  virtual long register_ring(ring_memory& ring) noexcept = 0;
  virtual long unregister_ring(ring_memory& ring) noexcept = 0;

  /// The bases in `iov` are addresses of this process. They are not used after the return.
  virtual long sendv(const v4v_send_addr& address, std::span<const v4v_iov> iov,
                     std::uint32_t message_type) noexcept = 0;

  /// `data` is null, or a header followed by its entries.
  virtual long notify(v4v_ring_data* data) noexcept = 0;
  virtual long info(v4v_info& info) noexcept = 0;

  // Events. There is a pending flag, which an event sets. A hypervisor whose flag cannot be looked
  // at from here is no exception: its link says that the flag is set whenever it may be. What that
  // costs is a look in vain.

  /// Readable when an event came in while events are not masked and the pending flag was clear.
  /// Owned by the link; non-blocking; reading eight bytes makes it unreadable, or else
  /// take_event() does. While the flag stays set nothing more comes: who is woken by it, or reads
  /// from it, takes the event, then looks.
  [[nodiscard]] virtual int event_descriptor() const noexcept = 0;

  /// Whether the pending flag is set, as far as this thread can see now. As cheap as can be, for a
  /// guest that polls asks again and again: a look at a word that nobody else writes while nothing
  /// happens, where the activity page does not make it unnecessary.
  [[nodiscard]] virtual bool event_is_pending() const noexcept = 0;

  /// Clears the pending flag and says whether it may have been set. What led to the event is
  /// visible to the caller afterwards, and whatever happens later sets the flag again. It may make
  /// the descriptor unreadable, but not when that tells of what happened later.
  virtual bool take_event() noexcept = 0;

  /// While events are masked, they set the flag and may leave the descriptor alone.
  /// unmask_events() says whether the flag may be set by then. If so, take the event and then look
  /// at the rings: the descriptor may never tell of it, and until take_event() clears the flag,
  /// later events find it set and do not signal anything.
  virtual void mask_events() noexcept = 0;
  [[nodiscard]] virtual bool unmask_events() noexcept = 0;
};

}  // namespace v4v
