#pragma once

#include <cstdint>
#include <list>
#include <memory>

namespace v4v::detail {

class guest_core;
class section;
struct remote_ring;

/// What takes messages out of rings of this domain. The guest has it look when there may be some.
class receiver {
 public:
  /// Takes what is in the ring, as far as somebody waits for it. With the guest's lock held.
  virtual void receive(section& s) = 0;

 protected:
  ~receiver() = default;
};

/// What sends to one ring of another domain, and waits for its turn while that is full.
///
/// All state is guarded by the guest's lock, with which all functions are called.
class sender {
 public:
  /// Sends what waited for room. False when it still does not fit.
  virtual bool resume_sending(section& s) = 0;

  /// Bytes of payload that it waits for room for.
  [[nodiscard]] std::uint32_t space_needed() const noexcept { return space_needed_; }

 protected:
  sender() = default;
  ~sender() = default;

  remote_ring* peer_ = nullptr;  ///< Where it sends to; null if it has no such place (any more).
  std::uint32_t space_needed_ = 0;
  bool blocked_ = false;  ///< It waits for its turn.

 private:
  friend class guest_core;

  [[nodiscard]] virtual std::shared_ptr<sender> self() noexcept = 0;

  /// Whether all that waits is a thread, which does the guest's work itself meanwhile.
  [[nodiscard]] virtual bool only_a_thread_waits() const noexcept = 0;

  /// All that waited has been sent, or cannot be.
  virtual void all_was_sent(section& s) = 0;

  /// The ring that it sends to is no more.
  virtual void peer_ring_is_gone(section& s) = 0;

  /// Another connection begins at the ring that it sends to: what ends the one before is of no use.
  virtual void peer_begins_anew(section& s) = 0;

  /// The guest is at its end, and the ring is forgotten.
  virtual void guest_ends() noexcept = 0;

  bool is_counted_ = false;  // as blocked, among what the io_context works for
  std::list<sender*>::iterator among_users_;
};

}  // namespace v4v::detail
