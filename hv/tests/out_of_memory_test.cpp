// What the core leaves behind when its port has no memory left.

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>

#include "core/hypervisor.hpp"
#include "test_guest.hpp"

namespace v4v::hv::testing {
namespace {

// The process's memory as any domain's, one thread, and a number of allocations that succeed.
class frugal_port final : public port {
 public:
  int allocations_left = 1'000;
  int allocated = 0;
  int pinned = 0;
  int locked = 0;
  int events = 0;
  int null_freed = 0;

  bool copy_from_guest(const domain&, void* to, std::uint64_t from,
                       std::size_t size) noexcept override {
    std::memmove(to, reinterpret_cast<const void*>(from), size);
    return true;
  }
  bool copy_to_guest(const domain&, std::uint64_t to, const void* from,
                     std::size_t size) noexcept override {
    std::memmove(reinterpret_cast<void*>(to), from, size);
    return true;
  }
  bool pin_page(const domain&, std::uint64_t pfn, void*& page) noexcept override {
    if (pfn == 0) return false;
    page = reinterpret_cast<void*>(pfn * V4V_PAGE_SIZE);
    ++pinned;
    return true;
  }
  void unpin_page(const domain&, void*) noexcept override { --pinned; }
  void* allocate(std::size_t size) noexcept override {
    if (allocations_left == 0) return nullptr;
    --allocations_left;
    ++allocated;
    return std::malloc(size);
  }
  void free(void* memory) noexcept override {
    if (memory == nullptr) ++null_freed;
    --allocated;
    std::free(memory);
  }
  void init_lock(port_lock&, lock_level) noexcept override {}
  void lock(port_lock&, lock_level) noexcept override { ++locked; }
  void unlock(port_lock&, lock_level) noexcept override { --locked; }
  void lock_shared(port_lock&, lock_level) noexcept override { ++locked; }
  void unlock_shared(port_lock&, lock_level) noexcept override { --locked; }
  void send_event(domain&) noexcept override { ++events; }
  std::uint32_t event_channel(const domain&) noexcept override { return 0; }
  bool is_privileged(const domain&) noexcept override { return true; }
  bool should_yield() noexcept override { return false; }
};

class out_of_memory : public ::testing::Test {
 protected:
  long operate(std::uint32_t op, std::uint64_t arg1, std::uint64_t arg2, std::uint64_t arg3,
               std::uint64_t arg4) {
    call c{op, arg1, arg2, arg3, arg4};
    return hv.operate(*a, c);
  }
  long register_ring(ring_memory& r) {
    return operate(V4V_OP_register_ring, address_of(&r.header()), address_of(r.pfns.data()),
                   r.page_count, 0);
  }
  long send() {
    const v4v_send_addr address{{7, 0, 0}, {5000, 1, 0}};
    return operate(V4V_OP_sendv, address_of(&address), 0, 0, 0);
  }

  ring_memory ring{5000, V4V_DOMAIN_ANY, 32};
  frugal_port host;
  hypervisor hv{host};
  domain* a = nullptr;
};

TEST_F(out_of_memory, a_domain_that_cannot_be_born_leaves_nothing_behind) {
  for (int enough_for = 0; enough_for < 3; ++enough_for) {
    host.allocations_left = enough_for;
    EXPECT_EQ(hv.create_domain(1, nullptr, a), -ENOMEM);
    EXPECT_EQ(host.allocated, 0);
    EXPECT_EQ(host.null_freed, 0);
    EXPECT_EQ(host.locked, 0);
  }
}

TEST_F(out_of_memory, a_ring_that_cannot_be_registered_unpins_what_it_pinned) {
  ASSERT_EQ(hv.create_domain(1, nullptr, a), 0);
  const int before = host.allocated;
  ring_memory large{5000, V4V_DOMAIN_ANY, 65536};
  large.pfns.back() = 0;
  EXPECT_EQ(register_ring(large), -EFAULT);
  EXPECT_EQ(host.pinned, 0);
  host.allocations_left = 0;
  EXPECT_EQ(register_ring(ring), -ENOMEM);
  EXPECT_EQ(host.pinned, 0);
  EXPECT_EQ(host.allocated, before);
  EXPECT_EQ(host.locked, 0);
  EXPECT_EQ(hv.destroy_domain(a), 0);
}

TEST_F(out_of_memory, who_cannot_be_remembered_does_not_wait) {
  ASSERT_EQ(hv.create_domain(1, nullptr, a), 0);
  ASSERT_EQ(register_ring(ring), 0);
  ASSERT_EQ(send(), 0);
  host.allocations_left = 0;
  EXPECT_EQ(send(), -ENOMEM);
  questions<1> q;
  q.entries[0] = {{5000, 1, 0}, 0, 0, 0, 0};
  EXPECT_EQ(operate(V4V_OP_notify, address_of(&q), 0, 0, 0), 0);
  EXPECT_EQ(q.entries[0].flags, V4V_RING_EXISTS);

  // Nor does the ring, when it has gone, look as if somebody waited there.
  ASSERT_EQ(operate(V4V_OP_unregister_ring, address_of(&ring.header()), 0, 0, 0), 0);
  EXPECT_EQ(operate(V4V_OP_notify, 0, 0, 0, 0), 0);
  EXPECT_EQ(hv.destroy_domain(a), 0);
  EXPECT_EQ(host.pinned, 0);
  EXPECT_EQ(host.locked, 0);
}

}  // namespace
}  // namespace v4v::hv::testing
