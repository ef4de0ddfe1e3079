#include <algorithm>
#include <cstring>
#include <sstream>
#include <utility>

#include "tests/model/subject.hpp"

namespace v4v::hv::testing {
namespace {

// Of the data of a ring: whether `text` is at `at`, around the end.
bool is_at(const std::uint8_t* data, std::uint32_t len, std::uint32_t at, std::string_view text) {
  const std::size_t first = std::min<std::size_t>(text.size(), len - at);
  return std::memcmp(data + at, text.data(), first) == 0 &&
         std::memcmp(data, text.data() + first, text.size() - first) == 0;
}

bool same(const v4v_rule& a, const v4v_rule& b) { return std::memcmp(&a, &b, sizeof(a)) == 0; }

}  // namespace

std::string subject::differences(const reference& expected) {
  std::string all;
  const auto compare = [&](const char* what, auto is, auto should) {
    if (std::cmp_equal(is, should)) return;
    all += std::string{what} + ": " + std::to_string(is) + ", expected " + std::to_string(should) +
           "; ";
  };
  for (const auto& [id, d] : expected.domains())
    all += differences_in_rings(id, d) + differences_in_bits(id, d);
  all += differences_in_rules(expected);

  const hypervisor::totals counted = core_->count();
  compare("messages counted", counted.rings.messages, expected.counts().messages);
  compare("bytes counted", counted.rings.bytes, expected.counts().bytes);
  compare("would_block counted", counted.rings.would_block, expected.counts().would_block);
  compare("rejections counted", counted.rejections, expected.counts().failed);
  compare("pages pinned", host_.pinned(), expected.pinned());
  compare("locks held", host_.locked(), 0);
  return all;
}

std::string subject::differences_in_rings(domain_id id, const reference::domain& expected) {
  guest& g = *guests_.at(id);
  std::ostringstream all;
  for (std::size_t i = 0; i < place_count; ++i) {
    const reference::place& p = expected.places[i];
    if (!p.registered) continue;
    const auto say = [&](const char* what) {
      all << "place " << i << " of domain " << id << ": " << what << "; ";
    };
    v4v_ring& h = g.header(i);
    if (h.rx_ptr != p.rx_there) say("rx_ptr");
    if (h.tx_ptr != p.tx_there) say("tx_ptr");
    const std::uint8_t* data = v4v_ring_bytes(&h);
    std::uint32_t at = p.rx;
    for (const reference::message& m : p.messages) {
      v4v_message_header head;
      std::memcpy(&head, data + at, sizeof(head));
      const auto size = static_cast<std::uint32_t>(m.payload.size());
      if (head.len != size + 16 || head.message_type != m.type || head.source.domain != m.domain ||
          head.source.port != m.port || head.source.pad != 0) {
        say("the header of a message");
      }
      if (!is_at(data, p.len, (at + 16) % p.len, m.payload)) say("the payload of a message");
      at = (at + 16 + v4v_round_up32(size)) % p.len;
    }
  }
  return all.str();
}

std::string subject::differences_in_bits(domain_id id, const reference::domain& expected) {
  guest& g = *guests_.at(id);
  std::string all;
  for (std::size_t i = 0; i < expected.bits.size(); ++i) {
    std::set<std::uint32_t> set;
    const std::uint64_t* words = &g.memory.at<std::uint64_t>(g.activity_pages[i]);
    for (std::uint32_t w = 0; w < V4V_ACTIVITY_SLOTS / 64; ++w) {
      if (words[w] == 0) continue;
      for (std::uint32_t bit = 0; bit < 64; ++bit) {
        if ((words[w] >> bit & 1) != 0) set.insert(w * 64 + bit);
      }
    }
    if (set != expected.bits[i]) {
      all += "activity page " + std::to_string(i) + " of domain " + std::to_string(id) + "; ";
    }
  }
  return all;
}

// As a privileged domain sees them, if one lives, and unless they are very many.
std::string subject::differences_in_rules(const reference& expected) {
  for (const auto& [id, d] : expected.domains()) {
    if (!d.privileged || expected.rules().size() > 100) continue;
    const answer before = now_;
    const long result = on(tables_list_op{id, 1, 101});
    const bool equal = result == 0 && std::ranges::equal(now_.rules, expected.rules(), same);
    now_ = before;
    return equal ? "" : "the rules; ";
  }
  return "";
}

}  // namespace v4v::hv::testing
