#pragma once

#include <cstdint>
#include <memory>
#include <system_error>

#include "ring_reader.hpp"
#include "v4v/endpoint.hpp"
#include "v4v/link.hpp"

namespace v4v::detail {

/// A ring of this domain, registered for as long as the object lives.
class owned_ring {
 public:
  /// Registers a ring at `port` for `partner` in `bytes` of memory, header included, rounded up to
  /// whole pages. Sets `ec` (file exists: the port is taken) and returns null if that fails.
  static std::unique_ptr<owned_ring> open(link& link, port_type port, domain_type partner,
                                          std::size_t bytes, std::error_code& ec);
  ~owned_ring();
  owned_ring(const owned_ring&) = delete;
  owned_ring& operator=(const owned_ring&) = delete;

  /// Stops the hypervisor from writing. What it wrote before can still be read.
  void unregister() noexcept;

  [[nodiscard]] ring_reader& reader() noexcept { return reader_; }
  [[nodiscard]] v4v_ring& header() noexcept;

 private:
  owned_ring(link& link, std::unique_ptr<ring_memory> memory, std::uint32_t len);

  link& link_;
  std::unique_ptr<ring_memory> memory_;
  ring_reader reader_;
  bool registered_ = true;
};

}  // namespace v4v::detail
