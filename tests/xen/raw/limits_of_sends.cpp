#include <fmt/format.h>

#include <cerrno>
#include <string>
#include <vector>

#include "expect.hpp"
#include "limits.hpp"
#include "loopback.hpp"
#include "ring.hpp"

namespace v4v::raw {
namespace {

constexpr std::uint32_t target_port = 2000;
constexpr std::uint32_t target_len = 1024;

long send_pieces(hypervisor& hv, v4v_addr to, const std::vector<v4v_iov>& pieces,
                 std::uint64_t count) {
  const v4v_send_addr addresses{{0, 0, 0}, to};
  return hv.call(V4V_OP_sendv, address(&addresses), address(pieces.data()), count,
                 V4V_MESSAGE_DGRAM);
}

void reach_limit_of_pieces(const domain& here, ring& r) {
  const v4v_addr to{target_port, here.id, 0};
  const std::uint32_t most = here.limits.max_sendv;
  const std::string letter(1, 'v');
  const std::vector<v4v_iov> pieces(most + 1, v4v_iov{address(letter.data()), 1, 0});
  expect(send_pieces(here.hv, to, pieces, most), most,
         fmt::format("a message of max_sendv pieces, {}, is sent", most));
  expect(r.receive()->payload == std::string(most, 'v'), "it is the pieces, one after another");
  for (const std::uint64_t count :
       {std::uint64_t{most} + 1, std::uint64_t{1} << 32, ~std::uint64_t{0}})
    expect(send_pieces(here.hv, to, pieces, count), -ENOSPC,
           fmt::format("a message of {:#x} pieces", count));
  expect(send_pieces(here.hv, to, pieces, 0), 0, "a message of no piece is sent");
  expect(r.receive()->payload.empty(), "it is an empty one");
}

void reach_limits_of_size(const domain& here, ring& r, memory& in) {
  const v4v_addr to{target_port, here.id, 0};
  expect(send(here.hv, to, std::string(v4v_max_payload(target_len) + 1, 's')), -EMSGSIZE,
         "a message that is a byte too long for its ring");
  // Of what is over a limit no byte is read, so the pieces may be one and the same.
  constexpr std::uint32_t huge = 0xffffffff;
  const std::uint64_t somewhere = address(in.page(1));
  expect(send_pieces(here.hv, to, {v4v_iov{somewhere, huge, 0}}, 1), -EMSGSIZE,
         "a message of one piece of 2^32 - 1 bytes");
  const std::vector<v4v_iov> most(here.limits.max_sendv, v4v_iov{somewhere, huge, 0});
  expect(send_pieces(here.hv, to, most, most.size()), -EMSGSIZE,
         "a message of max_sendv such pieces");
  const std::vector<v4v_iov> around{v4v_iov{somewhere, huge, 0}, v4v_iov{somewhere, 17, 0}};
  expect(send_pieces(here.hv, to, around, around.size()), -EMSGSIZE,
         "a message whose size is 16 if 32 bits are all there is");
  if (here.limits.max_send_size != huge)
    expect(send_pieces(here.hv, to, {v4v_iov{somewhere, here.limits.max_send_size + 1, 0}}, 1),
           -EMSGSIZE, "a message of max_send_size + 1 bytes");
  expect(send_pieces(here.hv, to, {v4v_iov{somewhere, V4V_MAX_RING_LEN, 0}}, 1), -EMSGSIZE,
         "a message that is too long for any ring");
  expect(r.empty(), "of none of them there is anything in the ring");
}

void fill_the_ring(const domain& here, ring& r) {
  const v4v_addr to{target_port, here.id, 0};
  const std::string all(v4v_max_payload(target_len), 'f');
  expect(send(here.hv, to, all), static_cast<long>(all.size()),
         "a message of the largest payload that the ring can take is sent");
  expect(send(here.hv, to, ""), -EAGAIN, "even an empty one to the ring, which is full");
  expect(r.receive()->payload == all, "the message is as it was sent");
  send_through(here, r, "again");
  fmt::print("ok: then there is room for the next one\n");

  r.header().rx_ptr += 8;
  expect(send(here.hv, to, "x"), -EAGAIN,
         "a message to a ring whose rx_ptr is not a multiple of 16");
  r.header().rx_ptr = target_len;
  expect(send(here.hv, to, "x"), -EAGAIN, "a message to a ring whose rx_ptr is out of range");
  r.header().rx_ptr = r.header().tx_ptr;
  send_through(here, r, "mended");
  fmt::print("ok: once rx_ptr is mended the ring takes messages\n");

  // The hypervisor's own idea of it is what counts.
  const std::uint32_t tx = r.header().tx_ptr;
  r.header().tx_ptr = 0xdeadbeef;
  expect(send(here.hv, to, "x"), 1, "a message to a ring with a tx_ptr of ours is sent");
  expect(r.header().tx_ptr, static_cast<long>((tx + 32) % target_len),
         "tx_ptr is the hypervisor's");
  static_cast<void>(r.receive());
}

void send_to_nobody(const domain& here, ring& r) {
  expect(send(here.hv, {target_port + 1, here.id, 0}, "x"), -ECONNREFUSED,
         "a message to a port without a ring");
  expect(send(here.hv, {target_port, 0x7fe0, 0}, "x"), -ECONNREFUSED,
         "a message to a domain that there is not");
  expect(send(here.hv, {target_port, V4V_DOMAIN_ANY, 0}, "x"), -ECONNREFUSED,
         "a message to any domain");
  expect(send(here.hv, {target_port, 0xffff, 0}, "x"), -ECONNREFUSED, "a message to domain 65535");
  expect(r.empty(), "of none of them there is anything in the ring");
}

}  // namespace

void reach_limits_of_sends(const domain& here, memory& in) {
  ring r(here.hv, in, 0, target_port, V4V_DOMAIN_ANY, target_len);
  require(r.enter(), 0, "a ring is registered");
  reach_limit_of_pieces(here, r);
  reach_limits_of_size(here, r, in);
  fill_the_ring(here, r);
  send_to_nobody(here, r);
  require(r.leave(), 0, "the ring is unregistered");
}

}  // namespace v4v::raw
