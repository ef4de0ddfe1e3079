#include <gtest/gtest.h>

#include "test_guest.hpp"

namespace v4v::hv::testing {
namespace {

class embedded_one final : public domain_under_test {
 public:
  explicit embedded_one(std::unique_ptr<embedded_domain> d) : domain_{std::move(d)} {}
  std::uint16_t id() const override { return domain_->id(); }
  long hypercall(std::uint32_t op, std::uint64_t arg1, std::uint64_t arg2, std::uint64_t arg3,
                 std::uint64_t arg4) override {
    return domain_->hypercall(op, arg1, arg2, arg3, arg4);
  }
  int event_descriptor() const override { return domain_->event_descriptor(); }
  bool take_event() override { return domain_->take_event(); }
  void mask_events() override { domain_->mask_events(); }
  bool unmask_events() override { return domain_->unmask_events(); }

 private:
  const std::unique_ptr<embedded_domain> domain_;
};

// Its memory is the process's.
class one_on_test_port final : public domain_under_test {
 public:
  one_on_test_port(machine& in, std::uint16_t id, bool privileged)
      : in_{in}, context_{.privileged = privileged} {
    EXPECT_EQ(in.core->create_domain(id, &context_, self_), 0);
  }
  ~one_on_test_port() override {
    while (in_.core->destroy_domain(self_) != 0) {
    }
  }
  std::uint16_t id() const override { return self_->id(); }
  long hypercall(std::uint32_t op, std::uint64_t arg1, std::uint64_t arg2, std::uint64_t arg3,
                 std::uint64_t arg4) override {
    call c{op, arg1, arg2, arg3, arg4};
    return in_.make(*self_, c);
  }
  int event_descriptor() const override { return context_.events.descriptor(); }
  bool take_event() override { return context_.events.take(); }
  void mask_events() override { context_.events.mask(); }
  bool unmask_events() override { return context_.events.unmask(); }

 private:
  machine& in_;
  test_domain context_;
  domain* self_ = nullptr;
};

}  // namespace

hypervisor_under_test::hypervisor_under_test(bool on_test_port) {
  if (on_test_port) {
    machine_ = std::make_unique<machine>();
  } else {
    embedded_ = std::make_unique<embedded>();
  }
}
hypervisor_under_test::~hypervisor_under_test() = default;

std::unique_ptr<domain_under_test> hypervisor_under_test::create_domain(std::uint16_t id,
                                                                        privilege may) {
  if (machine_) {
    return std::make_unique<one_on_test_port>(*machine_, id, may == privilege::control);
  }
  return std::make_unique<embedded_one>(embedded_->create_domain(id, may));
}

std::string hypervisor_under_test::dump() {
  return embedded_ ? embedded_->dump() : machine_->dump();
}

v4v::hv::counters hypervisor_under_test::counters() {
  if (embedded_) return embedded_->counters();
  const hypervisor::totals all = machine_->count();
  return {.messages = all.rings.messages,
          .bytes = all.rings.bytes,
          .would_block = all.rings.would_block,
          .rejections = all.rejections,
          .broken_rx = all.rings.broken_rx,
          .high_water = all.rings.high_water};
}

}  // namespace v4v::hv::testing
