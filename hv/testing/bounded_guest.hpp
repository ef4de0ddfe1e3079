#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/hypervisor.hpp"
#include "testing/test_port.hpp"
#include "v4v/abi.h"

namespace v4v::hv::testing {

/// A domain of a hypervisor on a test_port, with so many pages of memory: addresses are offsets
/// into them, and page frame numbers are page numbers. The memory, but for its first page, is the
/// test's to use; allocate() hands it out.
class bounded_guest {
 public:
  /// How a call is made to its end; its result.
  using maker = std::function<long(domain&, hv::call&)>;

  bounded_guest(hypervisor& hv, std::uint16_t id, std::uint32_t pages = 64, bool privileged = false,
                maker make = {})
      : hv_{hv},
        make_{std::move(make)},
        memory_{static_cast<std::byte*>(
            std::aligned_alloc(V4V_PAGE_SIZE, std::size_t{pages} * V4V_PAGE_SIZE))},
        size_{std::size_t{pages} * V4V_PAGE_SIZE},
        context_{.memory = {memory_.get(), size_}, .privileged = privileged} {
    std::memset(memory_.get(), 0, size_);
    if (const long failed = hv.create_domain(id, &context_, domain_)) {
      throw std::runtime_error{"create_domain: " + std::to_string(failed)};
    }
  }
  ~bounded_guest() { die(); }
  bounded_guest(const bounded_guest&) = delete;
  bounded_guest& operator=(const bounded_guest&) = delete;

  void die() {
    if (domain_ == nullptr) return;
    while (hv_.destroy_domain(domain_) != 0)
      ++continued;
    domain_ = nullptr;
  }
  [[nodiscard]] bool alive() const { return domain_ != nullptr; }
  [[nodiscard]] std::uint16_t id() const { return domain_->id(); }
  [[nodiscard]] domain& self() { return *domain_; }
  [[nodiscard]] test_domain& context() { return context_; }

  /// Makes a call to its end.
  long call(std::uint32_t op, std::uint64_t arg1 = 0, std::uint64_t arg2 = 0,
            std::uint64_t arg3 = 0, std::uint64_t arg4 = 0) {
    hv::call c{op, arg1, arg2, arg3, arg4};
    if (make_) return make_(*domain_, c);
    long result;
    while ((result = hv_.operate(*domain_, c)) == -85)
      ++continued;
    return result;
  }

  /// How often a call that no maker made, or the death, had to go on.
  std::uint64_t continued = 0;

  bool take_event() { return context_.events.take(); }

  // ---- Memory ----

  [[nodiscard]] std::span<std::byte> memory() { return {memory_.get(), size_}; }

  /// So many zeros that nobody uses, 16-aligned unless told otherwise; throws when there are no
  /// more.
  std::uint64_t allocate(std::size_t size, std::size_t alignment = 16) {
    const std::uint64_t at = (next_ + alignment - 1) / alignment * alignment;
    if (at + size > size_) throw std::bad_alloc{};
    next_ = at + size;
    std::memset(memory_.get() + at, 0, size);
    return at;
  }

  /// The object at an address, which is in the memory.
  template <class T>
  [[nodiscard]] T& at(std::uint64_t address) {
    return *static_cast<T*>(static_cast<void*>(memory_.get() + address));
  }

  /// The address of a new object.
  template <class T>
  requires(std::is_trivially_copyable_v<T> && !std::is_array_v<T>) std::uint64_t
      put(const T& value) {
    const std::uint64_t address = allocate(sizeof(T));
    std::memcpy(memory_.get() + address, &value, sizeof(T));
    return address;
  }
  std::uint64_t put(std::string_view bytes) {
    const std::uint64_t address = allocate(bytes.size());
    std::memcpy(memory_.get() + address, bytes.data(), bytes.size());
    return address;
  }

  // ---- Rings ----

  /// A ring in this guest's memory, filled in, and the list of its pages.
  struct ring_at {
    std::uint64_t header;
    std::uint64_t pfns;
    std::uint32_t pages;
  };

  ring_at make_ring(std::uint32_t port, std::uint16_t partner, std::uint32_t len,
                    std::uint32_t activity_slot = ~std::uint32_t{0}) {
    ring_at r{};
    r.pages = v4v_ring_pages(len);
    r.header = allocate(std::size_t{r.pages} * V4V_PAGE_SIZE, V4V_PAGE_SIZE);
    r.pfns = allocate(r.pages * sizeof(std::uint64_t));
    for (std::uint32_t i = 0; i < r.pages; ++i)
      at<std::uint64_t>(r.pfns + i * sizeof(std::uint64_t)) = r.header / V4V_PAGE_SIZE + i;
    v4v_ring& header = at<v4v_ring>(r.header);
    header = {};
    header.magic = V4V_RING_MAGIC;
    header.id = {{port, 0, 0}, partner, 0};
    header.len = len;
    const std::uint32_t reserved = activity_slot + 1;
    std::memcpy(header.reserved, &reserved, sizeof(reserved));
    return r;
  }
  long register_ring(const ring_at& r) {
    return call(V4V_OP_register_ring, r.header, r.pfns, r.pages);
  }
  long unregister_ring(const ring_at& r) { return call(V4V_OP_unregister_ring, r.header); }

  v4v_ring& header(const ring_at& r) { return at<v4v_ring>(r.header); }

  struct message {
    std::uint16_t domain;
    std::uint32_t port;
    std::uint32_t type;
    std::string payload;
  };

  /// The next message, taken out of the ring.
  std::optional<message> receive(const ring_at& r) {
    v4v_ring& h = header(r);
    const std::uint32_t tx = std::atomic_ref{h.tx_ptr}.load(std::memory_order_acquire);
    if (h.rx_ptr == tx) return std::nullopt;
    const std::uint8_t* data = v4v_ring_bytes(&h);
    v4v_message_header head;
    std::memcpy(&head, data + h.rx_ptr, sizeof(head));
    message m{head.source.domain, head.source.port, head.message_type, {}};
    m.payload.resize(head.len - sizeof(head));
    const std::uint32_t start = (h.rx_ptr + 16) % h.len;
    const std::size_t first = std::min<std::size_t>(m.payload.size(), h.len - start);
    std::memcpy(m.payload.data(), data + start, first);
    std::memcpy(m.payload.data() + first, data, m.payload.size() - first);
    std::atomic_ref{h.rx_ptr}.store((h.rx_ptr + v4v_round_up32(head.len)) % h.len,
                                    std::memory_order_release);
    return m;
  }

  // ---- Calls whose arguments are made up for the call and forgotten after it ----

  long send(std::uint16_t to, std::uint32_t port, std::string_view payload,
            std::uint32_t from_port = 7) {
    const std::uint64_t before = next_;
    const std::uint64_t address = put(v4v_send_addr{{from_port, 0, 0}, {port, to, 0}});
    const auto size = static_cast<std::uint32_t>(payload.size());
    const std::uint64_t vector = put(v4v_iov{put(payload), size, 0});
    const long result = call(V4V_OP_sendv, address, vector, 1, V4V_MESSAGE_DGRAM);
    next_ = before;
    return result;
  }

  long notify() { return call(V4V_OP_notify); }

  /// One question; flags 0xffff if the call failed.
  v4v_ring_data_ent ask(std::uint16_t to, std::uint32_t port, std::uint32_t space) {
    const std::uint64_t before = next_;
    const std::uint64_t block = put(v4v_ring_data{V4V_RING_DATA_MAGIC, 1, 0, {}});
    const std::uint64_t entry = put(v4v_ring_data_ent{{port, to, 0}, 0, 0, space, 0});
    if (call(V4V_OP_notify, block) != 0) at<v4v_ring_data_ent>(entry).flags = 0xffff;
    const v4v_ring_data_ent answer = at<v4v_ring_data_ent>(entry);
    next_ = before;
    return answer;
  }

  long add_rule(const v4v_rule& rule, std::uint64_t position) {
    const std::uint64_t before = next_;
    const long result = call(V4V_OP_tables_add, put(rule), 0, position);
    next_ = before;
    return result;
  }
  long delete_rule(const v4v_rule* rule, std::uint64_t position) {
    const std::uint64_t before = next_;
    const std::uint64_t rule_at = rule == nullptr ? 0 : put(*rule);
    const long result = call(V4V_OP_tables_del, rule_at, 0, position);
    next_ = before;
    return result;
  }
  long configure(const v4v_config& limits) {
    const std::uint64_t before = next_;
    const long result = call(V4V_OP_config, put(limits));
    next_ = before;
    return result;
  }
  v4v_info info() {
    const std::uint64_t before = next_;
    const std::uint64_t answer_at = put(v4v_info{});
    const long result = call(V4V_OP_info, answer_at);
    if (result != 0) throw std::runtime_error{"info: " + std::to_string(result)};
    next_ = before;
    return at<v4v_info>(answer_at);
  }

 private:
  struct release {
    void operator()(std::byte* p) const { std::free(p); }
  };

  hypervisor& hv_;
  const maker make_;
  const std::unique_ptr<std::byte, release> memory_;
  const std::size_t size_;
  std::uint64_t next_ = V4V_PAGE_SIZE;  // the first byte that allocate() has not handed out
  test_domain context_;
  domain* domain_ = nullptr;
};

}  // namespace v4v::hv::testing
