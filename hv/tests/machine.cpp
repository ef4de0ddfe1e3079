#include "machine.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "core/errors.hpp"

namespace v4v::hv::testing {
namespace {

long make_all_of(hypervisor& hv, domain& d, call& c) {
  long result;
  do {
    result = hv.operate(d, c);
  } while (result == error::restart);
  return result;
}

// high_water is the most there ever was, and failed calls leave it alone.
void subtract(hypervisor::totals& from, const hypervisor::totals& what) {
  from.rings.messages -= what.rings.messages;
  from.rings.bytes -= what.rings.bytes;
  from.rings.would_block -= what.rings.would_block;
  from.rings.rejected -= what.rings.rejected;
  from.rings.broken_rx -= what.rings.broken_rx;
  from.rejections -= what.rejections;
}

}  // namespace

bool faults_wanted() { return std::getenv("V4V_FAULTS") != nullptr; }

machine::machine(bool accept_by_default) : core{std::in_place, host, accept_by_default} {}

machine::~machine() {
  core.reset();
  EXPECT_EQ(host.imbalance(), "");
}

long machine::make(domain& d, call& c) {
  if (!faults_wanted()) return make_all_of(*core, d, c);
  // The thousands of pins of a large ring not one by one.
  for (std::uint64_t n = 1;; n += 1 + n / 32) {
    const std::string before = state();
    const hypervisor::totals counted = core->count();
    call attempt = c;
    host.fail_nth(n);
    const long result = make_all_of(*core, d, attempt);
    const bool failed = host.has_failed();
    host.fail_nothing();
    // There was no n-th step: the call was made as it should be.
    if (!failed) return result;

    check_failed(c.op, n, result, before);
    hypervisor::totals now = core->count();
    subtract(now, counted);
    of_attempts_.rings += now.rings;
    of_attempts_.rejections += now.rejections;
  }
}

void machine::check_failed(std::uint32_t op, std::uint64_t n, long result,
                           const std::string& before) {
  const std::string which = "operation " + std::to_string(op) + ", step " + std::to_string(n);
  EXPECT_EQ(host.locked(), 0) << which;
  if (op == V4V_OP_notify) {
    // It wakes whom it woke, and says of a ring that it could not remember the caller.
    EXPECT_TRUE(result == -EFAULT || result == 0) << which << ": " << result;
    return;
  }
  EXPECT_TRUE(result == -EFAULT || result == -ENOMEM) << which << ": " << result;
  EXPECT_TRUE(state() == before) << which << " left\n" << state() << "where was\n" << before;
}

hypervisor::totals machine::count() {
  hypervisor::totals all = core->count();
  subtract(all, of_attempts_);
  return all;
}

std::string machine::dump() {
  class lines final : public dump_sink {
   public:
    void line(const char* text) noexcept override { (all += text) += '\n'; }
    std::string all;
  };
  lines found;
  core->dump(found);
  return found.all;
}

// All that guests can tell, and what is allocated and pinned; not the counters.
std::string machine::state() {
  std::istringstream lines{dump()};
  std::ostringstream found;
  for (std::string line; std::getline(lines, line);)
    found << line.substr(0, line.find(';')) << '\n';
  core->for_each_domain([&](const domain& d) {
    found << "events for " << d.id() << ": "
          << static_cast<const test_domain*>(d.context())->signals << '\n';
  });
  found << host.allocated() << " blocks of " << host.bytes() << " bytes, " << host.pinned()
        << " pages\n";
  return found.str();
}

}  // namespace v4v::hv::testing
