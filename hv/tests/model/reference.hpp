#pragma once

#include <array>
#include <compare>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/model/operations.hpp"

namespace v4v::hv::testing {

/// What can be seen of an operation.
struct answer {
  long result = 0;
  std::set<domain_id> events;              ///< Who got one.
  std::vector<v4v_ring_data_ent> entries;  ///< Of notify, if it succeeds.
  std::vector<v4v_rule> rules;             ///< Of tables_list, if it succeeds.
  v4v_info info{};                         ///< Of info, if it succeeds.
};

/// What v4v/abi.h and the design say, as plainly as it can be said: values in containers of the
/// standard library, one operation at a time. Nothing here is fast, locked or out of memory, and
/// nothing is taken from the core.
///
/// Where several errors apply to one call and the contract does not say which is answered, what is
/// wrong with the arguments comes before what is wrong with the state of affairs.
class reference {
 public:
  explicit reference(bool accept_by_default) : accept_by_default_{accept_by_default} {}

  // ---- What there is ----

  struct message {
    domain_id domain;
    std::uint32_t port;
    std::uint32_t type;
    std::string payload;
  };

  /// A part of a guest's memory where it has, had or will have a ring.
  struct place {
    bool registered = false;
    std::uint32_t len = 0;
    std::uint32_t rx = 0, tx = 0;              ///< Of the owner, of the hypervisor.
    std::uint32_t rx_there = 0, tx_there = 0;  ///< What the header says.
    std::deque<message> messages;

    [[nodiscard]] bool broken() const;         ///< rx_ptr is no position.
    [[nodiscard]] std::uint32_t used() const;  ///< Bytes that the messages take.
  };

  struct ring_name {
    std::uint32_t port;
    domain_id partner;
    auto operator<=>(const ring_name&) const = default;
  };

  struct ring {
    std::size_t place;
    std::uint16_t serial;  ///< Which of all rings that there ever were, from 1 on.
    std::uint32_t reserved;
    std::map<domain_id, std::uint64_t> waiters{};  ///< Bytes on the ring that each waits for.
    std::map<domain_id, std::uint64_t> dead_waiters{};
  };

  struct domain {
    bool privileged = false;
    std::uint32_t max_rings = V4V_DEFAULT_MAX_RINGS;
    std::uint32_t max_sendv = V4V_DEFAULT_MAX_SENDV;
    std::uint32_t max_notify = V4V_DEFAULT_MAX_NOTIFY;
    std::uint32_t max_send_size = V4V_DEFAULT_MAX_SEND_SIZE;
    std::array<place, place_count> places{};
    std::map<ring_name, ring> rings{};
    std::optional<std::size_t> activity{};          ///< The page that the hypervisor has.
    std::array<std::set<std::uint32_t>, 2> bits{};  ///< Set in each page.
  };

  [[nodiscard]] const std::map<domain_id, domain>& domains() const { return domains_; }
  [[nodiscard]] const std::vector<v4v_rule>& rules() const { return rules_; }

  /// The ring that a message goes to, or null.
  [[nodiscard]] const ring* target(domain_id sender, domain_id to, std::uint32_t port) const;

  struct totals {
    std::uint64_t messages = 0, bytes = 0, would_block = 0, failed = 0;
  };
  [[nodiscard]] const totals& counts() const { return counts_; }

  /// Pages that the hypervisor holds pinned.
  [[nodiscard]] long pinned() const;

  /// What happened so far that is worth a test, and how often.
  [[nodiscard]] const std::map<std::string, long>& outcomes() const { return outcomes_; }

  // ---- What happens ----

  /// `o` is settled: see settle.hpp.
  answer perform(const operation& o);

 private:
  // Each: what the call answers; who gets events goes to now_.
  long on(const register_ring_op& o);
  long on(const unregister_ring_op& o);
  long on(const sendv_op& o);
  long on(const notify_op& o);
  long on(const info_op& o);
  long on(const tables_add_op& o);
  long on(const tables_del_op& o);
  long on(const tables_list_op& o);
  long on(const config_op& o);
  long on(const activity_op& o);
  long on(const unknown_op& o);
  long on(const receive_op& o);
  long on(const meddle_op& o);
  long on(const clear_bits_op& o);
  long on(const death_op& o);
  long on(const birth_op& o);
  long on(const many_rules_op& o);
  long on(const yield_op& o);

  [[nodiscard]] bool accepts(v4v_addr src, v4v_addr dst) const;
  [[nodiscard]] bool hidden(domain_id from, v4v_addr dst);
  [[nodiscard]] ring* target(domain_id sender, domain_id to, std::uint32_t port);
  void wait(ring& r, domain_id who, std::uint64_t bytes);
  void wake_waiters_of(domain& owner);
  [[nodiscard]] v4v_ring_data_ent reply(domain_id caller, const question& q);
  void append(domain& owner, ring& r, const message& m);

  void event_for(domain_id who) {
    if (domains_.contains(who)) now_.events.insert(who);
  }
  /// An event that is not about a message, and the bit that says so.
  void tell(domain_id who, std::uint32_t slot) {
    event_for(who);
    if (const auto d = domains_.find(who); d != domains_.end()) mark(d->second, slot);
  }
  void mark(domain& of, std::uint32_t slot);
  void note(const std::string& what) { ++outcomes_[what]; }

  const bool accept_by_default_;
  std::map<domain_id, domain> domains_;
  std::vector<v4v_rule> rules_;
  std::uint16_t rings_so_far_ = 0;
  totals counts_;
  answer now_;  // in the making
  std::map<std::string, long> outcomes_;
  std::map<std::vector<std::uint32_t>, std::uint16_t> last_serial_;  // by caller and address
};

}  // namespace v4v::hv::testing
