#include "hostile_calls.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "store.hpp"
#include "unreachable.hpp"

namespace v4v::raw {
namespace {

template <class T>
std::uint64_t put(std::byte* at, const T& value) {
  std::memcpy(at, &value, sizeof(value));
  return address(at);
}

}  // namespace

hostile_call hostile_calls::next() {
  hostile_call c;
  const std::uint64_t which = dice_.below(100);
  if (which < 25) {
    c = register_ring();
  } else if (which < 40) {
    c = unregister_ring();
  } else if (which < 70) {
    c = sendv();
  } else if (which < 85) {
    c = notify();
  } else if (which < 92) {
    c = activity();
  } else if (which < 95) {
    c = info();
  } else if (which < 98 && !privileged_) {
    c = privileged();
  } else {
    c = unknown();
  }
  // An operation is a number of 32 bits; what is above is lost, or makes it another one.
  if (dice_.one_in(64)) c.op |= (1 + dice_.below(0xff)) << 32;
  return c;
}

std::byte* hostile_calls::arguments_at() {
  // Behind each place there is room for the most that is put there.
  constexpr std::size_t places = 32;
  constexpr std::size_t step = (battlefield::argument_pages - 2) * V4V_PAGE_SIZE / places;
  return field_.arena.page(0) + dice_.below(places) * step;
}

std::uint64_t hostile_calls::out_of_reach() {
  switch (dice_.below(4)) {
    case 0:  // beyond the end of memory that is there
      return address(field_.arena.bytes().data()) + field_.arena.bytes().size() +
             dice_.below(V4V_PAGE_SIZE);
    case 1:  // before its beginning
      return address(field_.arena.bytes().data()) - V4V_PAGE_SIZE;
    case 2:
      return dice_.pick(unreachable_pages).at;
    default:
      return dice_.pick(unreachable_pages).at + dice_.below(V4V_PAGE_SIZE);
  }
}

std::uint64_t hostile_calls::perhaps(std::uint64_t usual) {
  if (!dice_.one_in(6)) return usual;
  const auto arena = field_.arena.bytes();
  switch (dice_.below(6)) {
    case 0:
      return usual + dice_.below(33);
    case 1:  // in the middle of rings
      return address(arena.data()) + dice_.below(arena.size());
    case 2:
      return address(field_.ring_page(dice_.below(battlefield::ring_pages)));
    case 3:  // across the end
      return address(arena.data()) + arena.size() - dice_.below(512);
    case 4:
      return address(field_.read_only()) + (dice_.one_in(2) ? battlefield::block_offset : 0);
    default:
      return out_of_reach();
  }
}

std::uint64_t hostile_calls::perhaps_elsewhere(std::uint64_t usual) {
  if (!dice_.one_in(32)) return perhaps(usual);
  return address(field_.lists.bytes().data()) + dice_.below(field_.lists.bytes().size());
}

// At a multiple of 8 always: what is between two words is a number that nobody has chosen.
std::uint64_t hostile_calls::frames_at(std::size_t first_page, std::size_t count) {
  if (dice_.one_in(24)) return out_of_reach();
  const auto words = field_.frame_words();
  if (dice_.one_in(24)) return address(&words[words.size() - 1 - dice_.below(16)]);
  count = std::min(count, battlefield::most_frames);
  const std::size_t at = dice_.below(words.size() - count);
  // As they lie, or others, the same one more than once among them.
  const bool in_order = !dice_.one_in(4);
  const auto frames = field_.arena.frames();
  for (std::size_t i = 0; i < count; ++i)
    words[at + i] = in_order ? frames[(first_page + i) % frames.size()] : field_.some_frame(dice_);
  return address(&words[at]);
}

std::uint32_t hostile_calls::port() {
  return dice_.one_in(16) ? static_cast<std::uint32_t>(dice_.number())
                          : dice_.pick(battlefield::ports);
}

// At, and around, what is a bound of something.
std::uint32_t hostile_calls::length() {
  constexpr std::uint32_t bounds[] = {0,     16,         32,         48,        64,   128,
                                      256,   1024,       4032,       4096,      8128, 8192,
                                      65536, 0x40fc0,    0x1000000,  0x2000000, 4064, 16320,
                                      32704, 0x7fffffff, 0x80000000, 0xffffffff};
  switch (dice_.below(4)) {
    case 0:
      return static_cast<std::uint32_t>(dice_.below(4096));
    case 1:
      return dice_.pick(bounds);
    case 2:
      return dice_.pick(bounds) - 32 + static_cast<std::uint32_t>(dice_.below(65));
    default:
      return static_cast<std::uint32_t>(dice_.below(80) * 16);
  }
}

v4v_addr hostile_calls::destination() {
  const std::uint64_t which = dice_.below(16);
  if (which < 10) return {port(), field_.own(), 0};
  if (which < 13) return {port(), field_.other(), 0};
  if (which == 13) return {port(), 0, 0xffff};
  if (which == 14) return {port(), V4V_DOMAIN_ANY, 0};
  return {port(), static_cast<std::uint16_t>(dice_.number()), 0};
}

hostile_call hostile_calls::register_ring() {
  const std::size_t page = dice_.below(battlefield::ring_pages);
  std::byte* const at = field_.ring_page(page);
  // Mostly small: each page of a ring costs the hypervisor time that others have in calls.
  const std::uint64_t pages = 1 + dice_.below(dice_.one_in(16) ? 65 : 3);
  const std::uint32_t len =
      dice_.one_in(4)
          ? length()
          : static_cast<std::uint32_t>(pages * V4V_PAGE_SIZE - 64 - dice_.below(4) * 16);
  v4v_ring r{};
  if (dice_.one_in(8)) std::memcpy(&r, at, sizeof(r));  // what others have made of it
  if (!dice_.one_in(32)) r.magic = V4V_RING_MAGIC;
  r.len = len;
  if (dice_.one_in(3)) {
    r.rx_ptr = length();
    r.tx_ptr = dice_.one_in(2) ? r.rx_ptr : length();
  }
  const std::uint32_t slot =
      dice_.one_in(2) ? static_cast<std::uint32_t>(dice_.below(40000)) : length();
  std::memcpy(r.reserved, &slot, sizeof(slot));
  const std::uint16_t partner = dice_.one_in(2) ? V4V_DOMAIN_ANY : dice_.pick(field_.partners());
  r.id = {
      {dice_.pick(battlefield::ports), static_cast<std::uint16_t>(dice_.number()), 0}, partner, 0};
  put(at, r);
  // Once more, at once: the copy and the disturber's store may have made a third number together,
  // and a ring that is registered at such a port would not be found in the end.
  store(at + offsetof(v4v_ring, id.addr.port), r.id.addr.port);
  store(at + offsetof(v4v_ring, id.partner), r.id.partner);

  std::uint64_t count = v4v_ring_pages(std::min(len, V4V_MAX_RING_LEN + 16));
  const std::uint64_t pfns = frames_at(battlefield::argument_pages + page, count);
  if (dice_.one_in(32)) count += dice_.below(5) - 2;
  if (dice_.one_in(64)) count |= std::uint64_t{1} << 32;
  std::uint64_t ring = address(at);
  if (dice_.one_in(16)) ring += dice_.below(V4V_PAGE_SIZE);
  if (dice_.one_in(24)) ring = out_of_reach();
  if (dice_.one_in(24)) ring = address(field_.read_only());
  return {V4V_OP_register_ring, {ring, pfns, count, dice_.one_in(16) ? dice_.number() : 0}};
}

hostile_call hostile_calls::unregister_ring() {
  v4v_ring r{};
  r.magic = dice_.one_in(32) ? dice_.number() : V4V_RING_MAGIC;
  r.id = {{port(), dice_.one_in(2) ? field_.other() : field_.own(), 0},
          dice_.pick(field_.partners()),
          0};
  return {V4V_OP_unregister_ring, {perhaps_elsewhere(put(arguments_at(), r)), 0, 0, 0}};
}

hostile_call hostile_calls::notify() {
  if (dice_.one_in(6)) return {V4V_OP_notify, {}};
  std::byte* const at = arguments_at();
  const std::uint32_t most = limits_.max_notify;
  const std::uint32_t there = dice_.one_in(16) ? 256 : static_cast<std::uint32_t>(dice_.below(9));
  v4v_ring_data data{};
  data.magic = dice_.one_in(32) ? dice_.number() : V4V_RING_DATA_MAGIC;
  data.nent = dice_.one_in(16)   ? most + static_cast<std::uint32_t>(dice_.below(3)) - 1
              : dice_.one_in(24) ? static_cast<std::uint32_t>(dice_.number())
                                 : there;
  put(at, data);
  for (std::uint32_t i = 0; i < there; ++i) {
    const v4v_ring_data_ent entry{destination(), 0xffff, 0, length(), 0};
    put(at + sizeof(data) + i * sizeof(entry), entry);
  }
  return {V4V_OP_notify, {perhaps(address(at)), 0, 0, 0}};
}

hostile_call hostile_calls::sendv() {
  std::byte* const at = arguments_at();
  const v4v_send_addr addresses{{port(), static_cast<std::uint16_t>(dice_.number()), 0},
                                destination()};
  put(at, addresses);
  const std::uint32_t most = limits_.max_sendv;
  std::uint64_t count = dice_.one_in(16) ? most - dice_.below(2) : dice_.below(6);
  const auto there = std::min<std::uint64_t>(count, V4V_MAX_SENDV);
  std::byte* const vector = at + sizeof(addresses);
  const bool small = dice_.one_in(2);
  for (std::uint64_t i = 0; i < there; ++i) {
    const std::uint64_t base =
        address(field_.arena.bytes().data()) + dice_.below(field_.arena.bytes().size() / 2);
    const v4v_iov piece{there < 6 || dice_.one_in(64) ? perhaps_elsewhere(base) : base,
                        small ? static_cast<std::uint32_t>(dice_.below(300)) : length(), 0};
    put(vector + i * sizeof(piece), piece);
  }
  if (dice_.one_in(24)) count = dice_.one_in(2) ? most + 1 + dice_.below(3) : dice_.number();
  return {
      V4V_OP_sendv,
      {perhaps_elsewhere(address(at)), perhaps_elsewhere(address(vector)), count, dice_.number()}};
}

hostile_call hostile_calls::info() {
  return {V4V_OP_info, {perhaps(address(arguments_at())), 0, 0, 0}};
}

// All of them are refused before anything is looked at.
hostile_call hostile_calls::privileged() {
  constexpr std::uint32_t ops[] = {V4V_OP_tables_add, V4V_OP_tables_del, V4V_OP_tables_list,
                                   V4V_OP_config};
  return {dice_.pick(ops), {perhaps(address(arguments_at())), 0, dice_.below(4), 0}};
}

hostile_call hostile_calls::activity() {
  if (dice_.one_in(3)) return {V4V_OP_activity, {0, dice_.number(), dice_.number(), 0}};
  const std::size_t page = dice_.below(field_.arena.pages());
  std::uint64_t bits = address(field_.arena.page(page));
  if (dice_.one_in(16)) bits += dice_.below(V4V_PAGE_SIZE);
  if (dice_.one_in(16)) bits = out_of_reach();
  return {V4V_OP_activity, {bits, frames_at(page, 1), dice_.one_in(16) ? dice_.below(4) : 1, 0}};
}

hostile_call hostile_calls::unknown() {
  std::uint32_t op = dice_.one_in(2) ? static_cast<std::uint32_t>(dice_.number())
                                     : static_cast<std::uint32_t>(dice_.below(64));
  if (op >= V4V_OP_register_ring && op <= V4V_OP_activity) op = op == 3 ? 3 : 0;
  return {op, {perhaps(address(arguments_at())), dice_.number(), dice_.number(), dice_.number()}};
}

}  // namespace v4v::raw
