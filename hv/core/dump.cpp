#include "core/hypervisor.hpp"

namespace v4v::hv {
namespace {

// A line put together piece by piece; what does not fit is cut off.
class text {
 public:
  text& operator<<(const char* s) noexcept {
    while (*s != '\0')
      put(*s++);
    return *this;
  }

  text& operator<<(std::uint64_t n) noexcept {
    char digits[20];  // of 2^64 - 1
    int count = 0;
    do {
      digits[count++] = static_cast<char>('0' + n % 10);
      n /= 10;
    } while (n != 0);
    while (count != 0)
      put(digits[--count]);
    return *this;
  }

  [[nodiscard]] const char* c_str() noexcept {
    line_[size_] = '\0';
    return line_;
  }

 private:
  void put(char c) noexcept {
    if (size_ < sizeof(line_) - 1) line_[size_++] = c;
  }

  std::uint32_t size_ = 0;
  char line_[320];  // the longest line here has 19 numbers of at most 20 digits, most of them short
};

text& put_domain(text& to, std::uint16_t domain) noexcept {
  return domain == V4V_DOMAIN_ANY ? to << "any" : to << domain;
}

text& operator<<(text& to, const v4v_addr& a) noexcept {
  put_domain(to, a.domain) << ":";
  return a.port == V4V_PORT_ANY ? to << "any" : to << a.port;
}

text& operator<<(text& to, const ring_counters& c) noexcept {
  return to << c.messages << " messages, " << c.bytes << " bytes, " << c.would_block << " EAGAIN, "
            << c.rejected << " rejected, " << c.broken_rx << " broken rx_ptr, high water "
            << c.high_water;
}

text describe(std::uint64_t position, const v4v_rule& rule) noexcept {
  text line;
  line << "rule " << position << ": " << (rule.accept != 0 ? "accept " : "reject ") << rule.src
       << " to " << rule.dst;
  return line;
}

text describe(std::uint16_t owner, const ring_state& r) noexcept {
  text line;
  line << "  ring " << v4v_addr{r.key.port, owner, 0} << " for ";
  put_domain(line, r.key.partner) << ": " << r.used << " of " << r.len << " bytes used, "
                                  << r.waiters << " waiters";
  if (r.activity_slot != no_slot) line << ", activity slot " << r.activity_slot;
  line << "; " << r.counters;
  return line;
}

ring_state state_of(port& host, ring& r) noexcept {
  exclusive_guard l3{host, r.lock};
  return r.state();
}

}  // namespace

void hypervisor::dump(dump_sink& to) noexcept {
  shared_guard l1{host_, domains_lock_};
  to.line((text{} << rules_.count() << " rules, then "
                  << (rules_.accepts_by_default() ? "accept" : "reject"))
              .c_str());
  std::uint64_t position = 0;
  for (const v4v_rule& rule : rules_)
    to.line(describe(++position, rule).c_str());

  domains_.for_each([&](domain& d) {
    shared_guard l2{host_, d.rings_lock};
    text line;
    line << "domain " << d.id() << ": " << d.rings.count() << " of " << d.limits.max_rings()
         << " rings, at most " << d.limits.max_sendv() << " vectors and "
         << d.limits.max_send_size() << " bytes a send, " << d.limits.max_notify()
         << " entries a notify" << (d.activity.is_there() ? ", activity page" : "") << "; "
         << d.rejections.load(std::memory_order_relaxed) << " of its sends rejected";
    to.line(line.c_str());
    d.rings.for_each([&](ring& r) { to.line(describe(d.id(), state_of(host_, r)).c_str()); });
    to.line((text{} << "  rings that are gone: " << d.of_gone_rings).c_str());
  });
  to.line((text{} << "domains that are gone: " << of_gone_domains_.rings).c_str());
}

}  // namespace v4v::hv
