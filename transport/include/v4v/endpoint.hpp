#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <iosfwd>

#include "v4v/abi.h"

namespace v4v {

/// Number of a port. 0 is not a port.
using port_type = std::uint32_t;

/// Ports from here up are given out to streams that connect; a service listens at one below.
inline constexpr port_type first_connecting_port = 0x80000000;

/// Number of a domain, given by the hypervisor.
using domain_type = std::uint16_t;

/// "Any domain" where a partner is named.
inline constexpr domain_type any_domain = V4V_DOMAIN_ANY;

/// Where a socket is, or whom it talks to: a domain and a port in it. A small value.
class endpoint {
 public:
  constexpr endpoint() noexcept = default;
  constexpr endpoint(domain_type domain, port_type port) noexcept : port_(port), domain_(domain) {}

  [[nodiscard]] constexpr domain_type domain() const noexcept { return domain_; }
  [[nodiscard]] constexpr port_type port() const noexcept { return port_; }

  friend constexpr auto operator<=>(const endpoint&, const endpoint&) noexcept = default;

  /// Writes "domain 1 port 5000".
  friend std::ostream& operator<<(std::ostream& out, const endpoint& e);

 private:
  port_type port_ = 0;
  domain_type domain_ = 0;
};

}  // namespace v4v

template <>
struct std::hash<v4v::endpoint> {
  std::size_t operator()(const v4v::endpoint& e) const noexcept {
    return std::hash<std::uint64_t>{}(std::uint64_t{e.domain()} << 32 | e.port());
  }
};
