#include "bridge.h"

#include <new>

#include "core/errors.hpp"
#include "core/hypervisor.hpp"

namespace v4v::hv {
namespace {

static_assert(V4V_RESTART == error::restart);
static_assert(sizeof(port_lock) == V4V_PORT_LOCK_SIZE);

/// The core's port to Xen. L1 and L2 are Xen's read-write locks, which are fair; L3 is a spinlock.
class xen_port final : public port {
 public:
  bool copy_from_guest(const domain& guest, void* to, std::uint64_t from,
                       std::size_t size) noexcept override {
    return v4v_port_copy_from_guest(guest.context(), to, from, size);
  }
  bool copy_to_guest(const domain& guest, std::uint64_t to, const void* from,
                     std::size_t size) noexcept override {
    return v4v_port_copy_to_guest(guest.context(), to, from, size);
  }
  bool pin_page(const domain& guest, std::uint64_t pfn, void*& page) noexcept override {
    void* const pinned = v4v_port_pin_page(guest.context(), pfn);
    if (pinned == nullptr) return false;
    page = pinned;
    return true;
  }
  void unpin_page(const domain&, void* page) noexcept override { v4v_port_unpin_page(page); }
  void* allocate(std::size_t size) noexcept override { return v4v_port_allocate(size); }
  void free(void* memory) noexcept override { v4v_port_free(memory); }

  void init_lock(port_lock& lock, lock_level level) noexcept override {
    if (level == lock_level::ring) {
      v4v_port_init_exclusive_lock(lock.storage);
    } else {
      v4v_port_init_shared_lock(lock.storage);
    }
  }
  void lock(port_lock& lock, lock_level level) noexcept override {
    if (level == lock_level::ring) {
      v4v_port_lock(lock.storage);
    } else {
      v4v_port_write_lock(lock.storage);
    }
  }
  void unlock(port_lock& lock, lock_level level) noexcept override {
    if (level == lock_level::ring) {
      v4v_port_unlock(lock.storage);
    } else {
      v4v_port_write_unlock(lock.storage);
    }
  }
  void lock_shared(port_lock& lock, lock_level) noexcept override {
    v4v_port_read_lock(lock.storage);
  }
  void unlock_shared(port_lock& lock, lock_level) noexcept override {
    v4v_port_read_unlock(lock.storage);
  }

  void send_event(domain& guest) noexcept override { v4v_port_send_event(guest.context()); }
  std::uint32_t event_channel(const domain& guest) noexcept override {
    return v4v_port_event_channel(guest.context());
  }
  bool is_privileged(const domain& guest) noexcept override {
    return v4v_port_is_privileged(guest.context());
  }
  bool should_yield() noexcept override { return v4v_port_should_yield(); }
};

// Xen runs no constructors of static objects, and never ends these.
alignas(xen_port) std::byte host_storage[sizeof(xen_port)];
alignas(hypervisor) std::byte core_storage[sizeof(hypervisor)];

hypervisor& core() noexcept {
  return *std::launder(static_cast<hypervisor*>(static_cast<void*>(core_storage)));
}

domain_limits from(const v4v_core_limits& l) noexcept {
  domain_limits limits;
  if ((l.rings | l.sendv | l.notify | l.send_size) != 0)
    limits.set({l.rings, l.sendv, l.notify, l.send_size, 0, 0});
  return limits;
}

}  // namespace
}  // namespace v4v::hv

using namespace v4v::hv;

void v4v_core_begin(bool accept_by_default) {
  auto* const host = new (host_storage) xen_port;
  new (core_storage) hypervisor{*host, accept_by_default};
}

long v4v_core_create(std::uint16_t id, void* context, const v4v_core_limits* limits, void** self) {
  domain* created = nullptr;
  const long result = core().create_domain(id, context, created, from(*limits));
  *self = created;
  return result;
}

long v4v_core_destroy(void* self, v4v_core_limits* limits) {
  auto* const d = static_cast<domain*>(self);
  const v4v_core_limits kept{d->limits.max_rings(), d->limits.max_sendv(), d->limits.max_notify(),
                             d->limits.max_send_size()};
  const long result = core().destroy_domain(d);
  *limits = kept;
  return result;
}

long v4v_core_operate(void* self, std::uint32_t op, std::uint64_t arg1, std::uint64_t arg2,
                      std::uint64_t arg3, std::uint64_t* arg4) {
  const bool has_progress = op == V4V_OP_unregister_ring || op == V4V_OP_notify;
  call c{op, arg1, arg2, arg3, has_progress ? 0 : *arg4, has_progress ? *arg4 : 0};
  const long result = core().operate(*static_cast<domain*>(self), c);
  if (has_progress) *arg4 = c.progress;
  return result;
}

void v4v_core_dump(void (*line)(const char* text)) {
  class to_console final : public dump_sink {
   public:
    explicit to_console(void (*f)(const char*)) noexcept : f_{f} {}
    void line(const char* text) noexcept override { f_(text); }

   private:
    void (*f_)(const char*);
  };
  to_console sink{line};
  core().dump(sink);
}

// What the compiler may refer to although nothing here comes to it.
extern "C" void __cxa_pure_virtual() { v4v_port_bug("a pure virtual function was called"); }
