#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "domain.hpp"

namespace v4v::raw {

// What the program can be told to do. Each says "ok: ..." of what was as v4v/abi.h says, and throws
// unexpected at the first thing that was not.

/// Prints what info says.
void show_info(hypervisor& hv);

struct listening {
  std::uint32_t port = 0;
  std::uint16_t partner = V4V_DOMAIN_ANY;
  std::uint64_t count = 1;
  double seconds = 0;  ///< How long all of it may take; 0: as long as it takes.
};

/// Registers a ring, says "listening", and prints the messages that come.
void listen(hypervisor& hv, const listening& how);

struct sending {
  v4v_addr to{};
  std::uint32_t from = 0;  ///< The port that is claimed.
  std::string text{"hello"};
  std::string expected{};  ///< The error that must come, by name; empty: none.
};

/// Sends one message.
void send_one(hypervisor& hv, const sending& how);

/// Reaches every limit and makes every mistake that v4v/abi.h names, for a domain without
/// privileges.
void reach_limits(const domain& here);

/// Registers and unregisters rings of all sizes, and sends through some.
void churn(const domain& here, std::uint64_t rounds);

/// Binds V4V's event channel and closes it, as often as it can.
void come_and_go(hypervisor& hv, double seconds);

struct hostility {
  double seconds = 0;
  std::uint64_t calls = 0;  ///< The most calls; 0: as many as there is time for.
  std::uint64_t seed = 0;
  std::optional<std::uint16_t> other{};  ///< A domain to bother, besides 0.
};

/// Makes calls that nobody would who means well. What the hypervisor does must stay within
/// v4v/abi.h, and all must work afterwards.
void be_hostile(const domain& here, const hostility& how);

}  // namespace v4v::raw
