#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "core/call.hpp"
#include "core/port.hpp"
#include "fuzz/body.hpp"
#include "testing/test_port.hpp"
#include "v4v/abi.h"

namespace v4v::hv::fuzz {

struct life;

/// A domain that waits for space in a ring, dead or alive.
struct waiting {
  std::uint16_t id;
  std::uint64_t life;
  std::uint64_t need;
};

/// A ring that is registered, as the fuzzer saw it come into being. Written without a look at how
/// the core does it.
struct known_ring {
  life* owner;
  std::uint32_t port;
  std::uint16_t partner;
  std::uint32_t len;
  std::uint32_t reserved;         ///< Activity slot + 1, as the guest wrote it.
  std::uint32_t tx = 0;           ///< Where the next message goes.
  std::uint16_t generation = 0;   ///< 0 until notify has said it.
  std::vector<std::byte*> pages;  ///< Pinned.
  const port_lock* lock;          ///< Its L3.
  const void* block;              ///< The memory that it was created in.
  std::vector<waiting> waiters{};

  [[nodiscard]] std::byte* header() const { return pages[0]; }
  [[nodiscard]] std::byte* at(std::uint32_t position) const {
    const std::uint32_t offset = 64 + position;
    return pages[offset / V4V_PAGE_SIZE] + offset % V4V_PAGE_SIZE;
  }
  [[nodiscard]] std::uint32_t rx() const;  ///< As it stands in memory.

  /// Bytes between tx and this rx; 0 if that is no position.
  [[nodiscard]] std::uint32_t room(std::uint32_t rx) const {
    if (rx % 16 != 0 || rx >= len) return 0;
    return len - (len + tx - rx) % len;
  }
};

/// Bytes that a message takes.
inline std::uint64_t footprint(std::uint64_t payload) { return 16 + (payload + 15) / 16 * 16; }

/// One life of a domain, from its creation until it is destroyed.
struct life : testing::test_domain {
  life(body& b, std::uint64_t count, std::uint16_t name) : flesh{b}, number{count}, id{name} {
    memory = b.memory();
  }

  body& flesh;  ///< May be that of others too.
  const std::uint64_t number;
  const std::uint16_t id;
  domain* self = nullptr;
  bool listed = false;  ///< Known to the others.
  bool dying = false;

  v4v_config limits{V4V_DEFAULT_MAX_RINGS,
                    V4V_DEFAULT_MAX_SENDV,
                    V4V_DEFAULT_MAX_NOTIFY,
                    V4V_DEFAULT_MAX_SEND_SIZE,
                    0,
                    0};
  std::list<known_ring> rings;
  std::byte* activity = nullptr;
  std::map<const void*, long> retired;     ///< Pages of rings that are gone and not freed yet.
  std::vector<hv::call> pending;           ///< To be continued.
  std::set<std::uint64_t> mourners;        ///< Those who have yet to be told of this death.
  std::set<std::uint64_t> told_newcomers;  ///< Those who were born since and told all the same.
  std::uint64_t births_before_death = 0;   ///< The numbers of the newcomers begin here.

  [[nodiscard]] known_ring* find(std::uint32_t port, std::uint16_t partner) {
    for (known_ring& r : rings) {
      if (r.port == port && r.partner == partner) return &r;
    }
    return nullptr;
  }
};

/// All that the fuzzer believes about the hypervisor.
struct world {
  explicit world(bool accepting) : accept_by_default{accepting} {}

  std::vector<std::unique_ptr<body>> bodies;
  std::list<life> lives;
  std::uint64_t born = 0;

  const bool accept_by_default;
  std::vector<v4v_rule> rules;

  struct {
    std::uint64_t messages = 0, bytes = 0, would_block = 0, rejections = 0;
  } totals;

  [[nodiscard]] body* owner_of(const void* p) {
    for (auto& b : bodies) {
      if (b->has(p)) return b.get();
    }
    return nullptr;
  }
  [[nodiscard]] life* living(std::uint16_t id) {
    for (life& l : lives) {
      if (l.listed && l.id == id) return &l;
    }
    return nullptr;
  }
  [[nodiscard]] life* living(const waiting& w) {
    life* l = living(w.id);
    return l != nullptr && l->number == w.life ? l : nullptr;
  }

  [[nodiscard]] bool accepts(std::uint16_t domain, std::uint32_t port, const v4v_addr& to) const;
  /// Whether there is a port from which it could send there.
  [[nodiscard]] bool reveals(std::uint16_t domain, const v4v_addr& to) const;

  /// The ring that a message goes to, or null.
  [[nodiscard]] known_ring* target(const v4v_addr& to, std::uint16_t sender);

  /// Remembers that `who` waits; false if as many as may do so already. `memory` says whether there
  /// is room for one more.
  bool wait(known_ring& r, const life& who, std::uint64_t need, bool memory);
};

}  // namespace v4v::hv::fuzz
