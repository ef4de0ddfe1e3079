#pragma once

#include <asio/io_context.hpp>
#include <chrono>

#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>

namespace v4v::bench {

/// Sleeping at once, guests do nothing that is not part of a round.
inline constexpr auto sleeping = busy_poll::off();

/// Ends when nothing is waited for, and not before. A guest also looks while it is the other's
/// turn, in vain: most of what a stream's round trip takes like this, and always the same.
inline constexpr busy_poll polling{std::chrono::hours{1}};

/// Two domains, run by one thread in one io_context.
struct two_guests {
  explicit two_guests(const busy_poll& mode)
      : here{io, embedded_link(hypervisor, service.domain()), {mode}},
        there{io, embedded_link(hypervisor, 2), {mode}} {}

  static constexpr endpoint service{1, 5000};

  hv::embedded hypervisor;
  asio::io_context io{1};
  guest here;
  guest there;
};

}  // namespace v4v::bench
