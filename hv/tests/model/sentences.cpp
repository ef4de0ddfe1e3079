#include <cerrno>
#include <sstream>

#include "tests/model/operations.hpp"

namespace v4v::hv::testing {
namespace {

template <class E>
std::string pick(E value, std::initializer_list<const char*> names) {
  return names.begin()[static_cast<std::size_t>(value)];
}

std::string domain_name(domain_id id) { return id == V4V_DOMAIN_ANY ? "any" : std::to_string(id); }

std::ostream& operator<<(std::ostream& out, const amount& a) {
  if (a.from == amount::base::bytes) return out << a.offset << " bytes";
  return out << "what can " << pick(a.from, {"", "ever", "now"}) << " fit"
             << (a.offset < 0 ? "" : "+") << a.offset;
}

std::ostream& operator<<(std::ostream& out, const v4v_rule& r) {
  const auto port = [](std::uint32_t p) { return p == 0 ? "any" : std::to_string(p); };
  return out << (r.accept != 0 ? "accept " : "reject ") << domain_name(r.src.domain) << ':'
             << port(r.src.port) << " to " << domain_name(r.dst.domain) << ':' << port(r.dst.port);
}

std::ostream& operator<<(std::ostream& out, const register_ring_op& o) {
  out << "register_ring: port " << o.port << " for " << domain_name(o.partner) << ", " << o.len
      << " bytes in place " << o.place << ", positions "
      << pick(o.found,
              {"fresh", "fresh but for a bogus tx_ptr", "about a message", "as they stand there"})
      << " (from step " << o.start << "), reserved " << o.reserved;
  return out << pick(o.wrong,
                     {"", ", bad magic", ", port 0", ", len 16", ", len over 16 MiB", ", odd len",
                      ", odd address", ", a page too few", ", a page too many", ", no such page",
                      ", no such header", ", odd rx_ptr", ", rx_ptr too far"});
}
std::ostream& operator<<(std::ostream& out, const unregister_ring_op& o) {
  return out << "unregister_ring: port " << o.port << " for " << domain_name(o.partner)
             << pick(o.wrong, {"", ", bad magic", ", no such header"});
}
std::ostream& operator<<(std::ostream& out, const sendv_op& o) {
  return out << "sendv: " << o.size << " in " << o.pieces << " pieces to " << o.to << ':' << o.port
             << " from port " << o.from_port << " (claims domain " << o.claimed_domain << "), type "
             << o.type
             << pick(o.wrong, {"", ", no such address", ", no such vector", ", bad last piece"});
}
std::ostream& operator<<(std::ostream& out, const notify_op& o) {
  out << "notify";
  if (!o.asks) return out << ": no block";
  out << ": " << o.questions.size() << " questions";
  for (const question& q : o.questions)
    out << ", do " << q.space << " fit at " << q.to << ':' << q.port;
  return out << pick(o.wrong, {"", ", bad magic", ", no such block"});
}
std::ostream& operator<<(std::ostream& out, const info_op&) { return out << "info: of itself"; }
std::ostream& operator<<(std::ostream& out, const tables_add_op& o) {
  return out << "tables_add: " << o.rule << " at " << o.position
             << (o.no_such_rule ? ", no such address" : "");
}
std::ostream& operator<<(std::ostream& out, const tables_del_op& o) {
  out << "tables_del: at " << static_cast<std::int64_t>(o.position);
  return o.by_rule ? out << " like " << o.rule : out << " null";
}
std::ostream& operator<<(std::ostream& out, const tables_list_op& o) {
  return out << "tables_list: " << o.count << " from " << o.start;
}
std::ostream& operator<<(std::ostream& out, const config_op& o) {
  return out << "config: " << o.limits.target_id << " gets " << o.limits.max_rings << " rings, "
             << o.limits.max_sendv << " pieces, " << o.limits.max_notify << " questions, "
             << o.limits.max_send_size << " bytes";
}
std::ostream& operator<<(std::ostream& out, const activity_op& o) {
  if (o.take_back) return out << "activity: takes the page back";
  return out << "activity: gives page " << o.page
             << pick(o.wrong, {"", ", odd address", ", two pages", ", no such page"});
}
std::ostream& operator<<(std::ostream& out, const unknown_op& o) {
  return out << "op: number " << o.op;
}
std::ostream& operator<<(std::ostream& out, const receive_op& o) {
  return out << "receive: " << o.count << " messages from place " << o.place;
}
std::ostream& operator<<(std::ostream& out, const meddle_op& o) {
  return out << "meddle: place " << o.place << ", "
             << pick(o.what, {"odd rx_ptr", "rx_ptr is len", "huge rx_ptr", "rx_ptr is mended",
                              "all but rx_ptr spoilt"});
}
std::ostream& operator<<(std::ostream& out, const clear_bits_op&) {
  return out << "clear: all its activity bits";
}
std::ostream& operator<<(std::ostream& out, const death_op&) { return out << "death: of it"; }
std::ostream& operator<<(std::ostream& out, const birth_op& o) {
  return out << "birth: " << (o.privileged ? "privileged" : "not privileged");
}
std::ostream& operator<<(std::ostream& out, const many_rules_op&) {
  return out << "rules: all that there can be but one";
}
std::ostream& operator<<(std::ostream& out, const yield_op& o) {
  return out << "yield: the host wants to at every question of " << o.every;
}

const std::string& pattern() {
  static const std::string bytes = [] {
    std::string all;
    for (std::uint32_t i = 0; i < most_bytes_sent + 256; ++i)
      all.push_back(static_cast<char>(i * 2654435761u >> 24));
    return all;
  }();
  return bytes;
}

}  // namespace

std::string sentence(const operation& o) {
  std::ostringstream out;
  std::visit([&](const auto& some) { out << "domain " << some.caller << ", " << some; }, o);
  return out.str();
}

std::string_view name_of(const operation& o) {
  static constexpr std::string_view names[] = {
      "register_ring", "unregister_ring", "sendv",  "notify",   "info",  "tables_add",
      "tables_del",    "tables_list",     "config", "activity", "op",    "receive",
      "meddle",        "clear",           "death",  "birth",    "rules", "yield"};
  static_assert(std::size(names) == std::variant_size_v<operation>);
  return names[o.index()];
}

std::string name_of_result(long result) {
  switch (-result) {
    case EPERM:
      return "EPERM";
    case ENOENT:
      return "ENOENT";
    case EAGAIN:
      return "EAGAIN";
    case ENOMEM:
      return "ENOMEM";
    case EFAULT:
      return "EFAULT";
    case EBUSY:
      return "EBUSY";
    case EEXIST:
      return "EEXIST";
    case EINVAL:
      return "EINVAL";
    case ENOSPC:
      return "ENOSPC";
    case ENOSYS:
      return "ENOSYS";
    case EMSGSIZE:
      return "EMSGSIZE";
    case ECONNREFUSED:
      return "ECONNREFUSED";
    default:
      return std::to_string(result);
  }
}

std::string_view text_of(std::uint32_t which, std::size_t size) {
  return std::string_view{pattern()}.substr(which % 256, size);
}

v4v_ring header_of(const register_ring_op& o) {
  using enum register_ring_op::mistake;
  v4v_ring h{};
  h.magic = V4V_RING_MAGIC ^ (o.wrong == magic ? 1 : 0);
  h.id = {{o.wrong == any_port ? 0 : o.port, 0x1234, 0}, o.partner, 0};
  h.len = o.wrong == short_len  ? 16
          : o.wrong == long_len ? V4V_MAX_RING_LEN + 16
          : o.wrong == odd_len  ? o.len + 8
                                : o.len;
  for (std::size_t i = 0; i < 4; ++i)
    h.reserved[i] = static_cast<std::uint8_t>(o.reserved >> 8 * i);

  h.rx_ptr = o.wrong == odd_rx ? 8 : o.wrong == rx_too_far ? o.len : o.start % (o.len / 16) * 16;
  h.tx_ptr = h.rx_ptr;
  if (o.found == register_ring_op::content::own_message) h.tx_ptr = (h.rx_ptr + 32) % o.len;
  if (o.found == register_ring_op::content::bogus_tx) {
    h.tx_ptr = o.start % 2 == 0 ? o.len : h.rx_ptr + 8;
  }
  return h;
}

}  // namespace v4v::hv::testing
