#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/hypervisor.hpp"
#include "testing/bounded_guest.hpp"
#include "testing/test_port.hpp"

namespace v4v::hv::testing {

inline constexpr std::uint16_t any = V4V_DOMAIN_ANY;  ///< Any domain.

/// Whether V4V_FAULTS is in the environment: tests of the operations are then repeated with faults.
/// Each hypercall that such a test makes is first made once for each copy, allocation and pin in
/// it (the first 32 and some of the others), which fails; after that everything must be as it was.
[[nodiscard]] bool faults_wanted();

/// A hypervisor on a test port. When it goes, and all its domains before it, nothing may be left
/// of it; that is a test's failure.
class machine {
 public:
  explicit machine(bool accept_by_default = true);
  ~machine();
  machine(const machine&) = delete;
  machine& operator=(const machine&) = delete;

  /// A domain with memory of its own, which makes its calls with faults if they are wanted.
  [[nodiscard]] bounded_guest guest(std::uint16_t id, std::uint32_t pages = 64,
                                    bool privileged = false) {
    return {*core, id, pages, privileged, [this](domain& d, call& c) { return make(d, c); }};
  }

  /// Makes a call to its end, with faults before it if they are wanted.
  long make(domain& d, call& c);

  [[nodiscard]] std::string dump();

  /// As hypervisor::count(), without what failed calls counted that no test made.
  [[nodiscard]] hypervisor::totals count();

  test_port host;
  std::optional<hypervisor> core;

 private:
  void check_failed(std::uint32_t op, std::uint64_t n, long result, const std::string& before);
  [[nodiscard]] std::string state();

  hypervisor::totals of_attempts_;
};

}  // namespace v4v::hv::testing
