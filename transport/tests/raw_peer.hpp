#pragma once

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "owned_ring.hpp"
#include "v4v/embedded_link.hpp"
#include "v4v/hv/embedded.hpp"

namespace v4v::test {

/// A peer that is not ours: it owns a ring and puts messages together byte by byte.
class raw_peer {
 public:
  struct message {
    std::uint32_t flags;
    std::uint32_t conid;
    std::string data;
    v4v_addr source;
  };

  raw_peer(hv::embedded& hypervisor, domain_type id, port_type port, domain_type partner,
           std::size_t ring_size = 64 * 1024)
      : link_(embedded_link(hypervisor, id)), port_(port) {
    std::error_code ec;
    ring_ = detail::owned_ring::open(*link_, watchers_, port, partner, ring_size, ec);
    if (ec) throw std::system_error(ec);
  }

  /// A message of the stream protocol. Returns what the hypervisor answered.
  long send(const endpoint& to, std::uint32_t flags, std::uint32_t conid,
            std::string_view data = {}) {
    const v4v_stream_header header{flags, conid};
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes += data;
    return send_bytes(to, bytes, V4V_MESSAGE_STREAM);
  }

  /// The same, with a port of one's choice as the source.
  long send_as(port_type claimed, const endpoint& to, std::uint32_t flags, std::uint32_t conid) {
    const auto own = std::exchange(port_, claimed);
    const long r = send(to, flags, conid);
    port_ = own;
    return r;
  }

  /// Nobody can send here any more, though the ring exists.
  void break_ring() { ring_->header().rx_ptr = 7; }

  long send_bytes(const endpoint& to, std::string_view bytes, std::uint32_t type) {
    const v4v_iov iov{reinterpret_cast<std::uintptr_t>(bytes.data()),
                      static_cast<std::uint32_t>(bytes.size()), 0};
    return link_->sendv({{port_, 0, 0}, {to.port(), to.domain(), 0}}, {&iov, 1}, type);
  }

  /// A second ring, which is read from then on instead of the first.
  void open_data_ring(port_type port, domain_type partner) {
    std::error_code ec;
    auto ring = detail::owned_ring::open(*link_, watchers_, port, partner, 64 * 1024, ec);
    if (ec) throw std::system_error(ec);
    first_ring_ = std::exchange(ring_, std::move(ring));
  }
  void close_data_ring() { ring_ = std::move(first_ring_); }

  std::optional<message> receive() {
    detail::ring_message m;
    if (ring_->reader().peek(m) != detail::ring_reader::state::message) return std::nullopt;
    v4v_stream_header header{};
    if (m.size() >= sizeof header) m.copy(0, &header, sizeof header);
    std::string data(m.size() - sizeof header, '\0');
    m.copy(sizeof header, data.data(), data.size());
    ring_->reader().pop();
    ring_->reader().publish();
    link_->notify(nullptr);
    return message{header.flags, header.conid, std::move(data), m.source};
  }

  [[nodiscard]] endpoint address() const { return {link_->domain(), port_}; }

 private:
  std::unique_ptr<link> link_;
  detail::watch_list watchers_{{}};
  port_type port_;
  std::unique_ptr<detail::owned_ring> ring_;
  std::unique_ptr<detail::owned_ring> first_ring_;
};

}  // namespace v4v::test
