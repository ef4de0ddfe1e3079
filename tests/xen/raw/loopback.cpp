#include "loopback.hpp"

#include <string>

#include "expect.hpp"

namespace v4v::raw {

long send(hypervisor& hv, v4v_addr to, std::string_view payload, std::uint32_t from,
          std::uint32_t type) {
  const v4v_send_addr addresses{{from, 0, 0}, to};
  // A copy: it was just written, so it is there, as constants of the program need not be.
  const std::string piece(payload);
  const v4v_iov iov{address(piece.data()), static_cast<std::uint32_t>(piece.size()), 0};
  return hv.call(V4V_OP_sendv, address(&addresses), address(&iov), 1, type);
}

void send_through(const domain& here, ring& r, std::string_view payload) {
  constexpr std::uint32_t claimed = 77;
  constexpr std::uint32_t type = 0x12345678;
  require(send(here.hv, {r.port(), here.id, 0}, payload, claimed, type),
          static_cast<long>(payload.size()), "a message to oneself");
  const auto m = r.receive();
  require(m.has_value(), "the message is in the ring");
  require(m->source.domain, here.id, "the domain that the message comes from");
  require(m->source.port, claimed, "the port that the message comes from");
  require(m->type, type, "the type of the message");
  require(m->payload == payload, "the message is what was sent");
  require(r.empty(), "the message is the only one");
}

void require_that_all_works(const domain& here, memory& in) {
  ring r(here.hv, in, 0, 60000, V4V_DOMAIN_ANY, 1024);
  require(r.enter(), 0, "a ring is registered");
  send_through(here, r, "is all well?");
  require(r.leave(), 0, "the ring is unregistered");
}

}  // namespace v4v::raw
