#include "tests/model/subject.hpp"

#include <cstring>

namespace v4v::hv::testing {
namespace {

constexpr std::uint64_t page = V4V_PAGE_SIZE;
constexpr std::uint64_t nowhere = 16;  // in the first page, which is out of reach
constexpr std::uint64_t spare_entry = 0x5a;

std::uint32_t len_at(std::size_t place) { return place == 0 ? largest_ring : largest_of_others; }

}  // namespace

subject::guest::guest(hypervisor& core, domain_id id, bool privileged)
    : memory{core, id, 60, privileged} {
  for (std::size_t i = 0; i < place_count; ++i)
    places[i] = memory.allocate(v4v_ring_pages(len_at(i)) * page, page);
  for (std::uint64_t& at : activity_pages)
    at = memory.allocate(page, page);
  pfns = memory.allocate(page);
  arguments = memory.allocate(2 * page);
  payload = memory.allocate(most_bytes_sent + 2 * page);
}

answer subject::perform(const operation& o) {
  now_ = {};
  now_.result = std::visit([&](const auto& some) { return on(some); }, o);
  for (auto& [id, g] : guests_) {
    if (g->memory.take_event()) now_.events.insert(id);
  }
  return now_;
}

std::uint64_t subject::continued() const {
  std::uint64_t sum = continued_by_the_dead_;
  for (const auto& [id, g] : guests_)
    sum += g->memory.continued;
  return sum;
}

long subject::on(const register_ring_op& o) {
  using enum register_ring_op::mistake;
  using enum register_ring_op::content;
  guest& g = *guests_.at(o.caller);
  v4v_ring header = header_of(o);
  v4v_ring& there = g.header(o.place);
  if (o.found == as_it_stands) {
    header.rx_ptr = there.rx_ptr;
    header.tx_ptr = there.tx_ptr;
  } else {
    g.mendable_rx[o.place] = header.rx_ptr;
  }
  g.lens[o.place] = o.len;
  there = header;
  if (o.found == own_message && o.wrong != odd_rx && o.wrong != rx_too_far) {
    const v4v_message_header head{
        16 + static_cast<std::uint32_t>(own_text.size()), V4V_MESSAGE_DGRAM, {0, o.caller, 0}};
    std::uint8_t* data = v4v_ring_bytes(&there);
    std::memcpy(data + header.rx_ptr, &head, sizeof(head));
    std::memcpy(data + (header.rx_ptr + 16) % o.len, own_text.data(), own_text.size());
  }

  std::uint64_t pages = v4v_ring_pages(o.len);
  for (std::uint64_t i = 0; i < pages; ++i)
    g.memory.at<std::uint64_t>(g.pfns + i * 8) = g.places[o.place] / page + i;
  if (o.wrong == no_such_page) g.memory.at<std::uint64_t>(g.pfns + (pages - 1) * 8) = 1 << 20;
  if (o.wrong == page_too_few) --pages;
  if (o.wrong == page_too_many) ++pages;
  const std::uint64_t at = o.wrong == no_such_header ? 0
                           : o.wrong == odd_address  ? g.places[o.place] + 16
                                                     : g.places[o.place];
  return g.memory.call(V4V_OP_register_ring, at, g.pfns, pages);
}

long subject::on(const unregister_ring_op& o) {
  using enum unregister_ring_op::mistake;
  guest& g = *guests_.at(o.caller);
  v4v_ring name{};
  std::memset(&name, 0xee, sizeof(name));
  name.magic = V4V_RING_MAGIC ^ (o.wrong == magic ? 1 : 0);
  name.id = {{o.port, 0x4321, 0}, o.partner, 0};
  g.argument<v4v_ring>() = name;
  return g.memory.call(V4V_OP_unregister_ring, o.wrong == no_such_header ? nowhere : g.arguments);
}

// The pieces lie scattered, and are of different sizes.
long subject::on(const sendv_op& o) {
  using enum sendv_op::mistake;
  guest& g = *guests_.at(o.caller);
  g.argument<v4v_send_addr>() = {{o.from_port, o.claimed_domain, 0}, {o.port, o.to, 0}};
  const std::string_view text = text_of(o.text, static_cast<std::size_t>(o.size.offset));
  std::size_t done = 0;
  for (std::uint32_t i = 0; i < o.pieces; ++i) {
    const std::size_t left = text.size() - done;
    const std::size_t share = i + 1 == o.pieces ? left : left * (i * 3 % 5) / 5;
    std::uint64_t at = g.payload + done + i * 8;
    std::memcpy(g.memory.memory().data() + at, text.data() + done, share);
    done += share;
    if (o.wrong == last_piece && i + 1 == o.pieces) at = g.memory.memory().size() - share + 1;
    g.argument<v4v_iov>(64 + i * sizeof(v4v_iov)) = {at, static_cast<std::uint32_t>(share), 0};
  }
  return g.memory.call(V4V_OP_sendv, o.wrong == address ? nowhere : g.arguments,
                       o.wrong == vector ? nowhere : g.arguments + 64, o.pieces, o.type);
}

long subject::on(const notify_op& o) {
  using enum notify_op::mistake;
  guest& g = *guests_.at(o.caller);
  if (!o.asks) return g.memory.call(V4V_OP_notify);
  const auto count = static_cast<std::uint32_t>(o.questions.size());
  g.argument<v4v_ring_data>() = {V4V_RING_DATA_MAGIC ^ (o.wrong == magic ? 1 : 0), count, 0, {}};
  auto* entries = v4v_ring_data_entries(&g.argument<v4v_ring_data>());
  for (std::uint32_t i = 0; i < count; ++i) {
    const question& q = o.questions[i];
    entries[i] = {{q.port, q.to, 0}, 0xff, 0xff, static_cast<std::uint32_t>(q.space.offset), 0xff};
  }
  std::memset(entries + count, spare_entry, sizeof(*entries));
  const long result =
      g.memory.call(V4V_OP_notify, o.wrong == no_such_block ? nowhere : g.arguments);
  if (entries[count].flags != spare_entry * 0x101) return -1000;  // beyond what was asked
  if (result == 0) now_.entries.assign(entries, entries + count);
  return result;
}

long subject::on(const info_op& o) {
  guest& g = *guests_.at(o.caller);
  const long result = g.memory.call(V4V_OP_info, g.arguments);
  now_.info = g.argument<v4v_info>();
  return result;
}

long subject::on(const config_op& o) {
  guest& g = *guests_.at(o.caller);
  g.argument<v4v_config>() = o.limits;
  return g.memory.call(V4V_OP_config, g.arguments);
}

long subject::on(const tables_add_op& o) {
  guest& g = *guests_.at(o.caller);
  g.argument<v4v_rule>() = o.rule;
  return g.memory.call(V4V_OP_tables_add, o.no_such_rule ? nowhere : g.arguments, 0, o.position);
}

long subject::on(const tables_del_op& o) {
  guest& g = *guests_.at(o.caller);
  g.argument<v4v_rule>() = o.rule;
  return g.memory.call(V4V_OP_tables_del, o.by_rule ? g.arguments : 0, 0, o.position);
}

long subject::on(const tables_list_op& o) {
  guest& g = *guests_.at(o.caller);
  auto& list = g.argument<v4v_rule_list>();
  std::memset(&list, 0x5a, sizeof(list) + (o.count + 1) * sizeof(v4v_rule));
  list = {o.start, o.count};
  const long result = g.memory.call(V4V_OP_tables_list, g.arguments);
  const v4v_rule* rules = v4v_rule_list_rules(&list);
  if (result != 0) return result;
  if (list.nb_rules > o.count || rules[list.nb_rules].accept != 0x5a5a5a5a) return -1000;
  now_.rules.assign(rules, rules + list.nb_rules);
  return result;
}

long subject::on(const many_rules_op& o) {
  guest& g = *guests_.at(o.caller);
  g.argument<v4v_rule>() = {{77, 777, 0}, {77, 777, 0}, 0};
  long result = 0;
  std::uint64_t there = V4V_MAX_RULES;  // all, then one goes
  while ((result = g.memory.call(V4V_OP_tables_add, g.arguments, 0, there)) == 0) {
  }
  return g.memory.call(V4V_OP_tables_del, 0, 0, there);
}

long subject::on(const activity_op& o) {
  using enum activity_op::mistake;
  guest& g = *guests_.at(o.caller);
  if (o.take_back) return g.memory.call(V4V_OP_activity, 0, 0, 1);
  const std::uint64_t at = g.activity_pages[o.page];
  g.argument<std::uint64_t>() = o.wrong == no_such_page ? 1 << 20 : at / page;
  return g.memory.call(V4V_OP_activity, o.wrong == odd_address ? at + 8 : at, g.arguments,
                       o.wrong == two_pages ? 2 : 1);
}

long subject::on(const unknown_op& o) { return guests_.at(o.caller)->memory.call(o.op); }

// ---- The owner's half ----

long subject::on(const receive_op& o) {
  guest& g = *guests_.at(o.caller);
  v4v_ring& h = g.header(o.place);
  const std::uint8_t* data = v4v_ring_bytes(&h);
  for (std::uint32_t i = 0; i < o.count; ++i) {
    v4v_message_header head;
    std::memcpy(&head, data + h.rx_ptr, sizeof(head));
    h.rx_ptr = (h.rx_ptr + v4v_round_up32(head.len)) % g.lens[o.place];
  }
  g.mendable_rx[o.place] = h.rx_ptr;
  return 0;
}

long subject::on(const meddle_op& o) {
  using enum meddle_op::deed;
  guest& g = *guests_.at(o.caller);
  v4v_ring& h = g.header(o.place);
  const std::uint32_t rx = g.mendable_rx[o.place];
  switch (o.what) {
    case odd_rx:
      h.rx_ptr = rx + 8;
      break;
    case rx_at_end:
      h.rx_ptr = g.lens[o.place];
      break;
    case huge_rx:
      h.rx_ptr = 0xfffffff0;
      break;
    case mend_rx:
      h.rx_ptr = rx;
      break;
    case spoil_the_rest:
      std::memset(&h, 0xee, offsetof(v4v_ring, rx_ptr));
      std::memset(h.reserved, 0xee, sizeof(h.reserved));
      h.tx_ptr = 0xfffffff0;
      break;
  }
  return 0;
}

long subject::on(const clear_bits_op& o) {
  guest& g = *guests_.at(o.caller);
  for (const std::uint64_t at : g.activity_pages)
    std::memset(&g.memory.at<std::byte>(at), 0, page);
  return 0;
}

// ---- Domains ----

long subject::on(const death_op& o) {
  const auto gone = guests_.extract(o.caller);
  gone.mapped()->memory.die();
  continued_by_the_dead_ += gone.mapped()->memory.continued;
  return 0;
}

long subject::on(const birth_op& o) {
  guests_.emplace(o.caller, std::make_unique<guest>(*core_, o.caller, o.privileged));
  return 0;
}

long subject::on(const yield_op& o) {
  host_.yield_every = o.every;
  return 0;
}

std::string subject::end() {
  guests_.clear();
  core_.reset();
  return host_.imbalance();
}

}  // namespace v4v::hv::testing
