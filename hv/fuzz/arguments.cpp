#include "fuzz/arguments.hpp"

#include <algorithm>

namespace v4v::hv::fuzz {
namespace {

constexpr std::uint64_t pfns_at = 0x2000;
constexpr std::uint32_t first_ring_page = 3;

constexpr std::uint16_t any_domain = V4V_DOMAIN_ANY;
constexpr std::uint16_t domains[] = {0,          1,          2,          3,      4,
                                     any_domain, any_domain, any_domain, 0x7ff3, 0xffff};
constexpr std::uint32_t lengths[] = {
    64,        128,       256,       512,      4032,      8128, 32,        48,
    64,        96,        256,       4032,     4048,      8128, 0x4000,    61 * 4096,
    64 * 4032, 64 * 4096, 65 * 4096, 0x100000, 0x1000000, 24,   0x1000010, 0};

std::uint64_t base(arguments::place at) { return static_cast<std::uint64_t>(at); }

}  // namespace

std::uint16_t arguments::domain() {
  const std::uint32_t which = in_.below(std::size(domains) + 1);
  return which < std::size(domains) ? domains[which] : in_.u16();
}

std::uint32_t arguments::port() {
  const std::uint32_t which = in_.below(16);
  return which == 15 ? in_.u32() : which % 8 < 4 ? 1 : which % 4;
}

known_ring* arguments::some_ring() {
  std::vector<known_ring*> all;
  for (life& l : w_.lives) {
    for (known_ring& r : l.rings)
      all.push_back(&r);
  }
  return all.empty() ? nullptr : all[in_.below(std::min<std::size_t>(all.size(), 256))];
}

std::uint64_t arguments::address(life& by, std::uint64_t usual) {
  switch (in_.below(64)) {
    case 0:
      return in_.u64();
    case 1:
      return body::size - in_.below(64);
    case 2:
      return UINT64_MAX - in_.u8();
    case 3:
      return in_.u16();
    case 4:
      return usual + in_.below(32);
    case 5:
      if (!by.rings.empty()) {
        return static_cast<std::uint64_t>(in_.pick_in(by.rings).header() - by.flesh.at(0));
      }
      return 0;
    default:
      return usual;
  }
}

// Sizes that nearly fill what there is, or are small, or anything.
std::uint32_t arguments::size_near(std::uint32_t some) {
  switch (in_.below(8)) {
    case 0:
      return some - 16 - in_.below(64);
    case 1:
      return some + 16 - in_.below(64);
    case 2:
      return some / 2 - in_.below(64);
    case 3:
      return in_.u32();
    case 4:
      return in_.u16();
    default:
      return in_.u8();
  }
}

v4v_addr arguments::target(life&) {
  const known_ring* r = in_.below(8) != 0 ? some_ring() : nullptr;
  if (r != nullptr) return {r->port, r->owner->id, in_.u8()};
  return {port(), domain(), 0};
}

hv::call arguments::any(life& by, place at) {
  const std::uint32_t what = in_.below(20);
  if (what >= 15 && !by.privileged && in_.below(8) != 0) return send(by, at);
  switch (what) {
    case 0:
    case 1:
      return register_ring(by, at);
    case 2:
      return unregister_ring(by, at);
    case 3:
    case 4:
    case 5:
      return notify(by, at);
    case 6:
    case 7:
    case 8:
    case 9:
    case 10:
      return send(by, at);
    case 11:
      return {6, address(by, base(at))};
    case 12:
    case 13:
      return activity(by, at);
    case 14:
      return raw(by);
    case 15:
      return tables_add(by, at);
    case 16:
    case 17:
      return tables_del(by, at);
    case 18:
      return tables_list(by, at);
    default:
      return config(by, at);
  }
}

hv::call arguments::usual_ring(life& by) {
  const std::uint64_t page = body::pages - 1;
  v4v_ring header{};
  header.magic = V4V_RING_MAGIC;
  header.id = {{1, 0, 0}, any_domain, 0};
  header.len = 256;
  header.reserved[0] = 1;
  by.flesh.put(page * V4V_PAGE_SIZE, header);
  by.flesh.put(pfns_at, page);
  return {1, page * V4V_PAGE_SIZE, pfns_at, 1};
}

hv::call arguments::register_ring(life& by, place at) {
  const std::uint32_t page = first_ring_page + in_.below(body::pages - first_ring_page);
  const std::uint64_t header_at = std::uint64_t{page} * V4V_PAGE_SIZE;
  const std::uint32_t shape = in_.below(std::size(lengths) + 1);
  const std::uint32_t len = shape < std::size(lengths) ? lengths[shape] : in_.u32();
  const std::uint8_t odd = in_.below(4) == 0 ? in_.u8() : 0;  // bits: what is out of the ordinary

  v4v_ring header{};
  header.magic = V4V_RING_MAGIC + ((odd & 0x81) == 0x81 ? 1 : 0);
  header.id = {{port(), in_.u8(), 0}, domain(), 0};
  header.len = len;
  if ((odd & 2) != 0) header.rx_ptr = in_.u8() * 16u;
  if ((odd & 4) != 0) header.tx_ptr = in_.u8() * 16u;
  if ((odd & 8) != 0) header.rx_ptr = in_.u32();
  constexpr std::uint32_t slots[] = {0, 1, 2, 64, 32768, 32769, 32800, 0xffffffff};
  const std::uint32_t slot = (odd & 16) != 0 ? in_.u32() : in_.pick(slots);
  std::memcpy(header.reserved, &slot, sizeof(slot));
  by.flesh.put(header_at, header);

  // The pages that follow, or the same ones over and over, or in another order.
  const std::uint32_t stride = (odd & 32) != 0 ? in_.below(4) : 1;
  const std::uint32_t around =
      1 + ((odd & 64) != 0 ? in_.below(body::pages) : body::pages - page - 1);
  const std::uint64_t pages = std::min<std::uint64_t>(v4v_ring_pages(len), 0x1002);
  const std::uint64_t room =
      std::min<std::uint64_t>((body::size - pfns_at) / sizeof(std::uint64_t), pages);
  const bool within = pages <= 512;  // the list does not reach the rings
  for (std::uint64_t i = 0; i < room; ++i) {
    by.flesh.put(pfns_at + i * 8, page + (i * stride) % around);
  }
  if (!within) by.flesh.put(header_at, header);
  static_cast<void>(at);
  return {1, address(by, header_at), address(by, pfns_at), pages + ((odd & 0x82) == 0x82 ? 1 : 0)};
}

hv::call arguments::unregister_ring(life& by, place at) {
  if (by.rings.empty() || in_.below(8) == 0) return {2, address(by, base(at))};
  const known_ring& r = in_.pick_in(by.rings);
  v4v_ring name{};
  name.magic = V4V_RING_MAGIC;
  name.id = {{r.port, 0, 0}, r.partner, 0};
  by.flesh.put(base(at), name);
  return {2, address(by, base(at))};
}

hv::call arguments::notify(life& by, place at) {
  const std::uint8_t how = in_.u8();
  if ((how & 3) == 0) return {4, 0};
  const std::uint32_t count = how >> 2 & 7;
  v4v_ring_data data{};
  data.magic = V4V_RING_DATA_MAGIC + ((how & 0xe0) == 0xe0 ? 1 : 0);
  data.nent = (how & 0xe0) == 0xc0 ? in_.u32() : count;
  by.flesh.put(base(at), data);
  for (std::uint32_t i = 0; i < count; ++i) {
    const v4v_addr to = target(by);
    const known_ring* r = w_.target(to, by.id);
    const v4v_ring_data_ent entry{to, in_.u8(), 0,
                                  size_near(r == nullptr ? 64
                                            : in_.flag() ? r->room(r->rx())
                                                         : r->len),
                                  0};
    by.flesh.put(base(at) + sizeof(data) + i * sizeof(entry), entry);
  }
  return {4, address(by, base(at))};
}

hv::call arguments::send(life& by, place at) {
  v4v_send_addr to{{port(), in_.u8(), 0}, target(by)};
  by.flesh.put(base(at), to);
  const std::uint64_t vector_at = base(at) + 64;

  const known_ring* r = w_.target(to.dst, by.id);
  std::uint32_t left = size_near(r == nullptr ? 64 : r->room(r->rx()));
  const std::uint8_t how = in_.u8();
  std::uint64_t count = (how & 0x70) == 0x70 ? 127u + (how >> 1 & 3) : how & 7u;
  const std::uint32_t piece = static_cast<std::uint32_t>(left / (count == 0 ? 1 : count));
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint32_t size = i + 1 == count ? left : piece;
    left -= size;
    // A piece that is longer than the memory would only fault.
    const std::uint64_t from = size < body::size - 0x1000 ? 0x1000 + in_.u8() * 16u : in_.u16();
    v4v_iov iov{from, size, in_.u8()};
    if ((how & 8) != 0) iov.base = address(by, from);
    by.flesh.put(vector_at + i * sizeof(iov), iov);
  }
  if ((how & 0xf0) == 0xf0) count = in_.u64();
  return {5, address(by, base(at)), address(by, vector_at), count, in_.u16()};
}

v4v_rule arguments::rule() {
  const auto any_port = [&]() -> std::uint32_t { return in_.flag() ? V4V_PORT_ANY : port(); };
  return {{any_port(), domain(), in_.u8()}, {any_port(), domain(), 0}, in_.u8() / 128u};
}

hv::call arguments::tables_add(life& by, place at) {
  by.flesh.put(base(at), rule());
  return {7, address(by, base(at)), 0, in_.below(8) == 0 ? in_.u64() : 1 + in_.below(6)};
}

hv::call arguments::tables_del(life& by, place at) {
  by.flesh.put(base(at), in_.flag() && !w_.rules.empty() ? in_.pick_in(w_.rules) : rule());
  const std::uint64_t positions[] = {0, 0, UINT32_MAX,      UINT64_MAX,
                                     1, 2, w_.rules.size(), w_.rules.size() + 1};
  return {8, in_.below(16) == 0 ? 0 : address(by, base(at)), 0, in_.pick(positions)};
}

hv::call arguments::tables_list(life& by, place at) {
  const auto some = [&] { return in_.below(8) == 0 ? in_.u32() : in_.below(6); };
  by.flesh.put(base(at), v4v_rule_list{some(), some()});
  return {9, address(by, base(at))};
}

hv::call arguments::config(life& by, place at) {
  const std::uint32_t limits[] = {0, 1, 2, 4, 128, 129, 256, 32768, 32769, 65536, 65537, 0x2000000};
  by.flesh.put(base(at), v4v_config{in_.pick(limits), in_.pick(limits), in_.pick(limits),
                                    in_.pick(limits), domain(), 0});
  return {10, address(by, base(at))};
}

hv::call arguments::activity(life& by, place at) {
  const std::uint64_t page = in_.below(body::pages + 1);
  by.flesh.put(base(at), page);
  const std::uint64_t bits = in_.below(3) == 0 ? 0 : page * V4V_PAGE_SIZE;
  return {11, bits, address(by, base(at)), in_.below(8) == 0 ? in_.u64() : 1};
}

hv::call arguments::raw(life& by) {
  const auto argument = [&] { return in_.flag() ? in_.u64() : address(by, base(place::usual)); };
  const std::uint32_t op = in_.below(16);
  return {op == 15 ? in_.u32() : op, argument(), argument(), argument(), argument()};
}

arguments::change arguments::change_of_memory() {
  constexpr std::uint64_t fields[] = {24, 24, 28, 20, 0, 8, 12, 16, 32};
  const std::uint8_t how = in_.u8();
  const unsigned size = 1u << (how >> 2 & 3);
  const auto value = [&]() -> std::uint64_t {
    return (how & 0x10) != 0 ? in_.u8() * std::uint64_t{16} : in_.number(size);
  };
  if ((how & 3) <= 1) {
    if (const known_ring* r = some_ring()) {
      body& b = *w_.owner_of(r->header());
      const auto header = static_cast<std::uint64_t>(r->header() - b.at(0));
      const std::uint64_t field = in_.pick(fields);
      return {&b, header + field, value(), (how & 3) == 0 ? 4 : size};
    }
  }
  body& b = *in_.pick_in(w_.bodies);
  const std::uint64_t places[] = {0x1000, 0x1000, 0x1030, 0x1040, 0x1800, pfns_at};
  std::uint64_t at = (how & 3) == 3 ? in_.u16() : in_.pick(places);
  if ((how & 3) != 3) at += in_.u8() / 4 * std::uint64_t{4};
  return {&b, at, value(), size};
}

}  // namespace v4v::hv::fuzz
