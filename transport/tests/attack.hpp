#pragma once

#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mortal_link.hpp"
#include "ring_reader.hpp"
#include "two_domains.hpp"

namespace v4v::test {

/// A domain that keeps to no protocol: it has rings of any size at any port, and sends from any.
class attacker {
 public:
  struct message {
    std::uint32_t flags;
    std::uint32_t conid;
    std::string data;
    port_type from;
  };

  attacker(hv::embedded& hypervisor, domain_type id) : link_(embedded_link(hypervisor, id)) {}

  /// Registers a ring with so many bytes of data; one that was there gives way to it.
  void open(port_type port, domain_type partner, std::uint32_t len = 2048) {
    close(port);
    auto memory = link_.allocate(sizeof(v4v_ring) + len);
    auto& header = *new (memory->bytes().data()) v4v_ring{};
    header.magic = V4V_RING_MAGIC;
    header.id = {{port, link_.domain(), 0}, partner, 0};
    header.len = len;
    EXPECT_EQ(link_.register_ring(*memory), 0);
    detail::ring_reader reader(header, len);
    rings_.emplace(port, ring{std::move(memory), reader});
  }

  void close(port_type port) {
    const auto found = rings_.find(port);
    if (found == rings_.end()) return;
    link_.unregister_ring(*found->second.memory);
    rings_.erase(found);
  }

  /// Has nobody find room in a ring any more, though it exists, until drain().
  void fill(port_type port) {
    auto& r = rings_.at(port);
    r.rx_ptr = std::exchange(r.header().rx_ptr, 7);
  }
  void drain(port_type port) {
    auto& r = rings_.at(port);
    r.header().rx_ptr = r.rx_ptr;
    link_.notify(nullptr);
  }

  /// Ends without a word. It can do nothing any more.
  void die() { link_.die(); }

  long send(port_type from, const endpoint& to, std::uint32_t flags, std::uint32_t conid,
            std::string_view data = {}) {
    const v4v_stream_header header{flags, conid};
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    return send_bytes(from, to, bytes.append(data), V4V_MESSAGE_STREAM);
  }

  long send_bytes(port_type from, const endpoint& to, std::string_view bytes, std::uint32_t type) {
    const v4v_iov iov{reinterpret_cast<std::uintptr_t>(bytes.data()),
                      static_cast<std::uint32_t>(bytes.size()), 0};
    return link_.sendv({{from, 0, 0}, {to.port(), to.domain(), 0}}, {&iov, 1}, type);
  }

  /// All that lies in a ring.
  std::vector<message> take(port_type port) {
    std::vector<message> all;
    const auto found = rings_.find(port);
    if (found == rings_.end()) return all;
    detail::ring_message m;
    auto& reader = found->second.reader;
    for (; reader.peek(m) == detail::ring_reader::state::message; reader.pop()) {
      v4v_stream_header header{};
      EXPECT_GE(m.size(), sizeof header);
      if (m.size() < sizeof header) continue;
      m.copy(0, &header, sizeof header);
      std::string data(m.size() - sizeof header, '\0');
      m.copy(sizeof header, data.data(), data.size());
      all.push_back({header.flags, header.conid, std::move(data), m.source.port});
    }
    reader.publish();
    link_.notify(nullptr);
    return all;
  }

  /// The one message that lies there.
  message take_one(port_type port) {
    auto all = take(port);
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? message{} : all.front();
  }

  [[nodiscard]] endpoint at(port_type port) const { return {link_.domain(), port}; }

 private:
  struct ring {
    v4v_ring& header() { return *reinterpret_cast<v4v_ring*>(memory->bytes().data()); }

    std::unique_ptr<ring_memory> memory;
    detail::ring_reader reader;
    std::uint32_t rx_ptr = 0;  // while it is filled
  };
  mortal_link link_;
  std::map<port_type, ring> rings_;
};

/// What an extended ACK says behind its header.
inline std::string port_message(port_type port) {
  const std::uint32_t words[] = {port, 0};
  return {reinterpret_cast<const char*>(words), sizeof words};
}
inline port_type port_in(const attacker::message& m) {
  port_type port = 0;
  if (m.data.size() >= sizeof port) m.data.copy(reinterpret_cast<char*>(&port), sizeof port);
  return port;
}

/// A guest that is attacked in both roles while two honest connections of it go on: one was
/// accepted by the acceptor under attack, one connected.
class under_attack : public testing::Test {
 protected:
  static constexpr std::uint32_t queue_limit = 8192;
  static constexpr endpoint service{1, 5000};
  static constexpr port_type its_port = 0x80001234;
  static constexpr port_type its_service = 77;
  static constexpr std::uint32_t conid = 0xbad;
  static constexpr std::uint32_t extended_syn = V4V_STREAM_SYN | V4V_STREAM_EXTENDED;
  static constexpr std::uint32_t extended_ack = V4V_STREAM_ACK | V4V_STREAM_EXTENDED;

  under_attack() {
    idle.async_accept([](std::error_code, const stream&) {});
    acceptor other(neighbour, 6000, {queue_limit});
    connect(honest[0], listening, neighbour, service);
    connect(honest[1], other, victim, {2, 6000});
  }

  void look() {
    io.restart();
    io.poll();
  }

  /// What the victim's end of an accepted connection from `port` is; not open if there is none.
  stream accept(acceptor& a) {
    stream s(victim);
    a.async_accept([&](std::error_code, stream t) { s = std::move(t); });
    look();
    a.cancel();
    look();
    return s;
  }

  /// What a read gives now: "data ...", an error, or "waits".
  std::string read(stream& s) {
    std::string got(queue_limit, '\0');
    outcome o;
    s.async_read_some(asio::buffer(got), o.handler());
    if (!finish(s, o)) return "waits";
    return o.error ? o.error.message() : "data " + got.substr(0, o.bytes);
  }

  /// The same for a write of one byte: "sent", an error, or "waits".
  std::string write(stream& s) {
    outcome o;
    s.async_write_some(asio::buffer("w", 1), o.handler());
    if (!finish(s, o)) return "waits";
    return o.error ? o.error.message() : "sent";
  }

  /// Bytes go through the honest connections as if nothing had happened.
  void expect_honest_peers_notice_nothing() {
    for (auto& [near, far] : honest) {
      const std::string data = pattern(100, ++seed_);
      EXPECT_TRUE(write_all(far, data) && read_all(near) == data) << "honest peer is not heard";
      EXPECT_TRUE(write_all(near, data) && read_all(far) == data) << "honest peer hears nothing";
    }
  }

  static inline const std::string eof = make_error_code(asio::error::eof).message();
  static inline const std::string reset = make_error_code(asio::error::connection_reset).message();
  static inline const std::string broken_pipe = make_error_code(asio::error::broken_pipe).message();
  static inline const std::string protocol_error =
      std::make_error_code(std::errc::protocol_error).message();

  asio::io_context io;
  hv::embedded hypervisor;
  guest victim{io, embedded_link(hypervisor, 1), {busy_poll::off()}};
  guest neighbour{io, embedded_link(hypervisor, 2), {busy_poll::off()}};
  attacker peer{hypervisor, 3};
  acceptor idle{victim, 4999, {4096}};  // keeps the victim looking
  acceptor listening{victim, service.port(), {queue_limit, 4}};
  struct ends {
    stream near, far;
  };
  ends honest[2]{{stream(victim), stream(neighbour)}, {stream(neighbour), stream(victim)}};

 private:
  void connect(ends& e, acceptor& a, guest& from, const endpoint& to) {
    e.far = stream(from, {queue_limit});
    a.async_accept([&](std::error_code, stream t) { e.near = std::move(t); });
    e.far.async_connect(to, [](std::error_code ec) { EXPECT_FALSE(ec) << ec.message(); });
    look();
    EXPECT_TRUE(e.near.is_open());
  }
  bool finish(stream& s, outcome& o) {
    look();
    if (o.called) return true;
    s.cancel();
    look();
    return false;
  }
  bool write_all(stream& s, const std::string& data) {
    outcome o;
    asio::async_write(s, asio::buffer(data), o.handler());
    return finish(s, o) && !o.error;
  }
  std::string read_all(stream& s) {
    std::string got(100, '\0');
    outcome o;
    asio::async_read(s, asio::buffer(got), o.handler());
    return finish(s, o) && !o.error ? got : std::string{};
  }

  unsigned seed_ = 0;
};

}  // namespace v4v::test
