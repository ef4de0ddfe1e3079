#pragma once

#include <cstdint>

#include "file_descriptor.hpp"

namespace v4v::detail {

/// The event channel on which Xen tells this domain of V4V's events, and by which it knows that a
/// program of the domain uses V4V: one at a time.
///
/// Linux masks the channel at each event and makes the descriptor readable; take() unmasks it, and
/// an event that came meanwhile makes the descriptor readable again. So after take() has begun no
/// event is lost, and what came before it has been seen by Linux and by Xen before take() returns.
///
/// take() and is_pending() may be called from any thread.
class xen_event_channel {
 public:
  /// Opens the device. Throws std::system_error, whose text says what to do next.
  xen_event_channel();

  /// Binds the port that V4V's info tells. Throws std::system_error, device_or_resource_busy when
  /// another program of this domain has it.
  void bind(std::uint32_t xen_port);

  /// Xen takes back all that the domain has of V4V. Expressly and not by closing the device: others
  /// may have duplicates of the descriptor, children of fork(2) too.
  void unbind() noexcept;

  /// Readable when an event came since take().
  [[nodiscard]] int descriptor() const noexcept { return device_.get(); }

  /// Makes the descriptor unreadable, and has the next event make it readable again.
  void take() noexcept;

  /// Whether the descriptor is readable.
  [[nodiscard]] bool is_pending() const noexcept;

 private:
  file_descriptor device_;
  std::uint32_t port_ = 0;
};

}  // namespace v4v::detail
