#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "core/hypervisor.hpp"
#include "testing/bounded_guest.hpp"
#include "testing/test_port.hpp"

namespace v4v::hv::testing {

/// A hypervisor on a test port. When it goes, and all its domains before it, nothing may be left
/// of it; that is a test's failure.
class machine {
 public:
  explicit machine(bool accept_by_default = true) : core{std::in_place, host, accept_by_default} {}
  ~machine() {
    core.reset();
    EXPECT_EQ(host.imbalance(), "");
  }

  test_port host;
  std::optional<hypervisor> core;
};

}  // namespace v4v::hv::testing
