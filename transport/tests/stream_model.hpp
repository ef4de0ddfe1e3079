#pragma once

#include <string>
#include <vector>

#include "attack.hpp"

namespace v4v::test {

/// Each combination of the flags of the protocol and a bit that it does not know.
inline std::vector<std::uint32_t> all_flags() {
  constexpr std::uint32_t bits[] = {V4V_STREAM_SYN,  V4V_STREAM_ACK,  V4V_STREAM_RST,
                                    V4V_STREAM_PING, V4V_STREAM_PONG, V4V_STREAM_EXTENDED,
                                    V4V_STREAM_FIN,  0x40000000};
  std::vector<std::uint32_t> all;
  for (unsigned chosen = 0; chosen < 1u << std::size(bits); ++chosen) {
    std::uint32_t flags = 0;
    for (unsigned i = 0; i < std::size(bits); ++i)
      if ((chosen >> i & 1) != 0) flags |= bits[i];
    all.push_back(flags);
  }
  return all;
}

/// A connection that was established, as docs/stream-protocol.md has it: what one message does to
/// it, what it answers, and what its owner sees then.
struct established_model {
  bool extended = false;
  bool peer_sent_fin = false;
  bool we_sent_fin = false;
  bool hears_nothing = false;  // after shutdown_receive
  bool ended = false;
  bool lost = false;
  std::string data = {};
  std::vector<std::uint32_t> answers = {};  // their flags

  void comes(std::uint32_t flags, const std::string& payload) {
    if (ended || lost) return;
    std::uint32_t control =
        V4V_STREAM_SYN | V4V_STREAM_ACK | V4V_STREAM_RST | V4V_STREAM_PING | V4V_STREAM_PONG;
    if (extended) control |= V4V_STREAM_FIN;
    if ((flags & V4V_STREAM_PING) != 0) answers.push_back(V4V_STREAM_PONG);
    if ((flags & V4V_STREAM_RST) != 0) {
      ended = true;
    } else if ((flags & control & V4V_STREAM_FIN) != 0) {
      peer_sent_fin = true;
    } else if ((flags & control) == 0 && !peer_sent_fin && !hears_nothing) {
      data += payload;
    }
  }

  [[nodiscard]] std::string read() const {
    if (!data.empty()) return "data " + data;
    if (ended || peer_sent_fin || hears_nothing) return make_error_code(asio::error::eof).message();
    return lost ? make_error_code(asio::error::connection_reset).message() : "waits";
  }
  [[nodiscard]] std::string write() const {
    if (we_sent_fin) return make_error_code(asio::error::broken_pipe).message();
    return ended || lost ? make_error_code(asio::error::connection_reset).message() : "sent";
  }
};

inline std::vector<std::uint32_t> flags_of(const std::vector<attacker::message>& messages) {
  std::vector<std::uint32_t> flags;
  for (const auto& m : messages)
    flags.push_back(m.flags);
  return flags;
}

}  // namespace v4v::test
