#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "memory.hpp"

namespace v4v::raw {

/// A message, taken out of a ring.
struct message {
  v4v_addr source;
  std::uint32_t type;
  std::string payload;
};

/// A ring in pages of a memory. Unregistered at the latest when it goes.
class ring {
 public:
  /// An empty ring of `len` bytes, from page `first` of `in` on; not registered yet.
  ring(hypervisor& hv, memory& in, std::size_t first, std::uint32_t port, std::uint16_t partner,
       std::uint32_t len);
  ~ring();
  ring(const ring&) = delete;
  ring& operator=(const ring&) = delete;

  long enter();  ///< register_ring, as it should be.
  long leave();  ///< unregister_ring.

  [[nodiscard]] v4v_ring& header() const { return *header_; }
  /// The frame numbers that it is registered with; to be spoilt by who wants that refused.
  [[nodiscard]] std::vector<std::uint64_t>& frames() { return frames_; }
  [[nodiscard]] std::uint32_t port() const { return port_; }

  /// Has both positions of a ring that is not registered be here.
  void start_at(std::uint32_t position);

  [[nodiscard]] bool empty() const;
  /// The next message, out of the ring; none if it is empty. Throws unexpected if what is there
  /// cannot be a message.
  std::optional<message> receive();

 private:
  hypervisor& hv_;
  v4v_ring* const header_;
  const std::uint32_t port_;
  const std::uint16_t partner_;
  const std::uint32_t len_;
  std::vector<std::uint64_t> frames_;
  bool registered_ = false;
};

}  // namespace v4v::raw
