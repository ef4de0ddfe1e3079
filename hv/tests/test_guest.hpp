#pragma once

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machine.hpp"
#include "v4v/abi.h"
#include "v4v/hv/embedded.hpp"

namespace v4v::hv::testing {

/// The address of something, as a guest passes it.
inline std::uint64_t address_of(const void* p) { return reinterpret_cast<std::uintptr_t>(p); }

/// A message, as its receiver finds it.
struct message {
  std::uint16_t domain;
  std::uint32_t port;
  std::uint32_t type;
  std::string payload;
};

/// Memory of a guest that holds one ring, filled in and ready to be registered.
class ring_memory {
 public:
  ring_memory(std::uint32_t port, std::uint16_t partner, std::uint32_t len)
      : page_count{v4v_ring_pages(len)},
        memory_{static_cast<std::byte*>(
            std::aligned_alloc(V4V_PAGE_SIZE, page_count * V4V_PAGE_SIZE))} {
    std::memset(memory_.get(), 0, page_count * V4V_PAGE_SIZE);
    for (std::uint32_t i = 0; i < page_count; ++i) {
      pfns.push_back(address_of(memory_.get()) / V4V_PAGE_SIZE + i);
    }
    header().magic = V4V_RING_MAGIC;
    header().id = {{port, 0, 0}, partner, 0};
    header().len = len;
  }

  v4v_ring& header() { return *static_cast<v4v_ring*>(static_cast<void*>(memory_.get())); }
  std::uint32_t tx() { return std::atomic_ref{header().tx_ptr}.load(std::memory_order_acquire); }
  std::uint32_t rx() { return header().rx_ptr; }
  void set_rx(std::uint32_t rx) {
    std::atomic_ref{header().rx_ptr}.store(rx, std::memory_order_release);
  }
  std::byte at(std::uint32_t position) {
    return static_cast<std::byte>(v4v_ring_bytes(&header())[position]);
  }

  /// The next message, taken out of the ring.
  std::optional<message> receive() {
    const std::uint32_t end = tx();
    std::uint32_t rx_ptr = rx();
    if (rx_ptr == end) return std::nullopt;
    const std::uint32_t len = header().len;
    const std::uint8_t* data = v4v_ring_bytes(&header());
    v4v_message_header head;
    std::memcpy(&head, data + rx_ptr, sizeof(head));
    message m{head.source.domain, head.source.port, head.message_type, {}};
    m.payload.resize(head.len - sizeof(head));
    const std::uint32_t start = (rx_ptr + 16) % len;
    const std::size_t first = std::min<std::size_t>(m.payload.size(), len - start);
    std::memcpy(m.payload.data(), data + start, first);
    std::memcpy(m.payload.data() + first, data, m.payload.size() - first);
    set_rx((rx_ptr + v4v_round_up32(head.len)) % len);
    return m;
  }

  const std::uint32_t page_count;
  std::vector<std::uint64_t> pfns;

 private:
  struct release {
    void operator()(std::byte* p) const { std::free(p); }
  };
  std::unique_ptr<std::byte, release> memory_;
};

/// A notify block with its entries.
template <std::size_t Entries>
struct questions {
  v4v_ring_data head{V4V_RING_DATA_MAGIC, Entries, 0, {}};
  std::array<v4v_ring_data_ent, Entries> entries{};
};

/// A domain of a hypervisor_under_test.
class domain_under_test {
 public:
  virtual ~domain_under_test() = default;
  virtual std::uint16_t id() const = 0;
  virtual long hypercall(std::uint32_t op, std::uint64_t arg1, std::uint64_t arg2,
                         std::uint64_t arg3, std::uint64_t arg4) = 0;
  virtual int event_descriptor() const = 0;
  virtual bool take_event() = 0;
  virtual void mask_events() = 0;
  virtual bool unmask_events() = 0;
};

/// What tests run on: the embedded hypervisor, or the core on a test port that can reach all of the
/// process's memory, which is what tests of the operations get if faults are wanted.
class hypervisor_under_test {
 public:
  explicit hypervisor_under_test(bool on_test_port = faults_wanted());
  ~hypervisor_under_test();
  std::unique_ptr<domain_under_test> create_domain(std::uint16_t id,
                                                   privilege may = privilege::none);
  v4v::hv::counters counters();
  std::string dump();

  /// Null if it is the embedded one.
  test_port* port() { return machine_ ? &machine_->host : nullptr; }

 private:
  std::unique_ptr<embedded> embedded_;
  std::unique_ptr<machine> machine_;
};

/// A domain, of either kind, and the hypercalls that it makes.
template <class Domain>
class basic_guest {
 public:
  template <class Hypervisor>
  basic_guest(Hypervisor& hv, std::uint16_t id, privilege may = privilege::none)
      : domain_{hv.create_domain(id, may)} {}

  std::uint16_t id() const { return domain_->id(); }
  Domain& domain() { return *domain_; }
  void die() { domain_.reset(); }

  long register_ring(ring_memory& r) { return register_ring(r, r.page_count); }
  long register_ring(ring_memory& r, std::uint64_t page_count) {
    return domain_->hypercall(V4V_OP_register_ring, address_of(&r.header()),
                              address_of(r.pfns.data()), page_count, 0);
  }
  long unregister_ring(ring_memory& r) {
    return domain_->hypercall(V4V_OP_unregister_ring, address_of(&r.header()), 0, 0, 0);
  }

  long send(std::uint16_t to, std::uint32_t port, std::string_view payload) {
    const v4v_iov vector{address_of(payload.data()), static_cast<std::uint32_t>(payload.size()), 0};
    return send(to, port, &vector, 1);
  }
  long send(std::uint16_t to, std::uint32_t port, const v4v_iov* vectors, std::uint64_t count) {
    const v4v_send_addr address{claimed, {port, to, 0}};
    return domain_->hypercall(V4V_OP_sendv, address_of(&address), address_of(vectors), count,
                              V4V_MESSAGE_DGRAM);
  }

  /// The half of notify that a receiver needs after it moved rx_ptr.
  long notify() { return domain_->hypercall(V4V_OP_notify, 0, 0, 0, 0); }

  /// The other half, with one question.
  v4v_ring_data_ent ask(std::uint16_t to, std::uint32_t port, std::uint32_t space) {
    questions<1> q;
    q.entries[0] = {{port, to, 0}, 0xffff, 0, space, 0xffffffff};
    last_result = domain_->hypercall(V4V_OP_notify, address_of(&q), 0, 0, 0);
    return q.entries[0];
  }

  bool take_event() { return domain_->take_event(); }

  /// Sleeps until an event comes; false after a time no working machine takes.
  bool wait_event() {
    for (;;) {
      if (domain_->take_event()) return true;
      pollfd p{domain_->event_descriptor(), POLLIN, 0};
      if (poll(&p, 1, 30'000) != 1) return false;
      clear_descriptor();
    }
  }
  bool descriptor_is_readable() {
    pollfd p{domain_->event_descriptor(), POLLIN, 0};
    return poll(&p, 1, 0) == 1;
  }
  void clear_descriptor() {
    std::uint64_t count;
    [[maybe_unused]] const auto n = read(domain_->event_descriptor(), &count, sizeof(count));
  }

  v4v_addr claimed{7, 0, 0};  ///< What the guest writes into src.
  long last_result = 0;

 private:
  std::unique_ptr<Domain> domain_;
};

using guest = basic_guest<embedded_domain>;
using guest_under_test = basic_guest<domain_under_test>;

}  // namespace v4v::hv::testing
