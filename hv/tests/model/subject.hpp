#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "testing/bounded_guest.hpp"
#include "testing/test_port.hpp"
#include "tests/model/reference.hpp"

namespace v4v::hv::testing {

/// The core on a test port, with the domains of a script: does what operations say, and says what
/// can be seen of it.
class subject {
 public:
  explicit subject(bool accept_by_default) { core_.emplace(host_, accept_by_default); }

  /// As reference::perform(), but the generations are the core's.
  answer perform(const operation& o);

  /// Empty if everything that can be looked at between two operations is as in the reference: the
  /// rings, the activity pages, the rules, the counters and what the core holds. Else what is not.
  [[nodiscard]] std::string differences(const reference& expected);

  /// Ends all domains, then the core: empty if nothing is left of them.
  [[nodiscard]] std::string end();

  /// How often a call, or a death, had to go on.
  [[nodiscard]] std::uint64_t continued() const;

 private:
  struct guest {
    guest(hypervisor& core, domain_id id, bool privileged);

    bounded_guest memory;
    std::array<std::uint64_t, place_count> places{};
    std::array<std::uint64_t, 2> activity_pages{};
    std::uint64_t pfns, arguments, payload;
    std::array<std::uint32_t, place_count> mendable_rx{};  ///< What a broken rx_ptr should be.
    std::array<std::uint32_t, place_count> lens{};

    template <class T>
    T& argument(std::size_t offset = 0) {
      return memory.at<T>(arguments + offset);
    }
    v4v_ring& header(std::size_t place) { return memory.at<v4v_ring>(places[place]); }
  };

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

  std::string differences_in_rings(domain_id id, const reference::domain& expected);
  std::string differences_in_bits(domain_id id, const reference::domain& expected);
  std::string differences_in_rules(const reference& expected);

  test_port host_;
  std::optional<hypervisor> core_;
  std::map<domain_id, std::unique_ptr<guest>> guests_;
  std::uint64_t continued_by_the_dead_ = 0;
  answer now_;  // in the making
};

}  // namespace v4v::hv::testing
