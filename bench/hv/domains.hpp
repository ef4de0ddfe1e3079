#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "v4v/abi.h"
#include "v4v/hv/embedded.hpp"

namespace v4v::hv::bench {

/// The address of something, as a guest passes it.
inline std::uint64_t address_of(const void* p) { return reinterpret_cast<std::uintptr_t>(p); }

/// Memory for a ring of `len` bytes, every page of it touched, with its header filled in.
class ring_memory {
 public:
  ring_memory(std::uint32_t port, std::uint32_t len);

  v4v_ring& header() const { return *static_cast<v4v_ring*>(static_cast<void*>(memory_.get())); }
  std::uint8_t* data() const { return v4v_ring_bytes(&header()); }
  std::uint32_t len() const { return header().len; }

  /// Takes all messages out of it without looking at them.
  void empty() const;

  const std::vector<std::uint64_t>& pfns() const { return pfns_; }

 private:
  struct release {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte, release> memory_;
  std::vector<std::uint64_t> pfns_;
};

/// A domain. Its events are masked: no send to it pays for a system call, as when it polls.
class guest {
 public:
  guest(embedded& hv, std::uint16_t id);

  std::uint16_t id() const { return domain_->id(); }
  long register_ring(const ring_memory& r);
  long unregister_ring(const ring_memory& r);
  long notify(v4v_ring_data* questions) {
    return domain_->hypercall(V4V_OP_notify, address_of(questions), 0, 0, 0);
  }
  long send(const v4v_send_addr& to, std::span<const v4v_iov> vectors) {
    return domain_->hypercall(V4V_OP_sendv, address_of(&to), address_of(vectors.data()),
                              vectors.size(), V4V_MESSAGE_DGRAM);
  }

 private:
  std::unique_ptr<embedded_domain> domain_;
};

/// A domain that owns rings, at ports from 1 on, and leaves it to the senders to empty them.
class receiver {
 public:
  receiver(embedded& hv, std::uint16_t id, std::uint32_t rings, std::uint32_t len);

  std::uint16_t id() const { return guest_.id(); }
  const ring_memory& ring(std::uint32_t port) const { return rings_[port - 1]; }

 private:
  std::vector<ring_memory> rings_;  // outlives the domain that has them registered
  guest guest_;
};

/// Sends one message again and again to one ring, which it empties itself, by a store, whenever
/// what it has sent fills a share of it: with `senders` of these at a ring it never gets full.
class stream_of_messages {
 public:
  stream_of_messages(guest& from, const receiver& to, std::uint32_t port, std::uint32_t senders = 1)
      : from_{from},
        ring_{to.ring(port)},
        to_{{7, 0, 0}, {port, to.id(), 0}},
        share_{ring_.len() / senders} {
    ring_.empty();
  }

  /// `size` bytes in all. False if it was not sent.
  bool send(std::span<const v4v_iov> vectors, std::uint32_t size) {
    const auto need = static_cast<std::uint32_t>(sizeof(v4v_message_header)) + v4v_round_up32(size);
    if (sent_ + need >= share_) {
      ring_.empty();
      sent_ = 0;
    }
    sent_ += need;
    return from_.send(to_, vectors) == static_cast<long>(size);
  }

 private:
  guest& from_;
  const ring_memory& ring_;
  const v4v_send_addr to_;
  const std::uint32_t share_;
  std::uint32_t sent_ = 0;
};

/// A payload of `size` bytes, to be sent as `count` vectors of lengths as equal as they can be.
class payload {
 public:
  explicit payload(std::uint32_t size, std::uint32_t count = 1) : bytes_(size, std::byte{42}) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t begin = i * size / count;
      const std::uint64_t end = (i + 1) * size / count;
      vectors_.push_back(
          {address_of(bytes_.data() + begin), static_cast<std::uint32_t>(end - begin), 0});
    }
  }

  const std::byte* data() const { return bytes_.data(); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(bytes_.size()); }
  std::span<const v4v_iov> vectors() const { return vectors_; }

 private:
  std::vector<std::byte> bytes_;
  std::vector<v4v_iov> vectors_;
};

}  // namespace v4v::hv::bench
