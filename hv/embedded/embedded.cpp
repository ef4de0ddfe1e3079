#include "v4v/hv/embedded.hpp"

#include <atomic>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include "core/hypervisor.hpp"
#include "embedded/event.hpp"
#include "embedded/process_port.hpp"

namespace v4v::hv {

class embedded::state {
 public:
  explicit state(bool accept_by_default) : core{host, accept_by_default} {}

  process_port host;
  hypervisor core;

  // Of the domains that are gone.
  std::atomic<std::uint64_t> signals{0};
  std::atomic<std::uint64_t> system_calls{0};
};

class embedded_domain::state {
 public:
  state(std::shared_ptr<embedded::state> of, std::uint16_t id, bool privileged)
      : in{std::move(of)}, context{privileged} {
    switch (in->core.create_domain(id, &context, self)) {
      case 0:
        return;
      case -EEXIST:
        throw std::system_error{EEXIST, std::generic_category(), "domain id in use"};
      case -ENOMEM:
        throw std::bad_alloc{};
      default:
        throw std::system_error{EINVAL, std::generic_category(), "not a domain id"};
    }
  }

  ~state() {
    // process_port never has to yield, so this is all of it.
    static_cast<void>(in->core.destroy_domain(self));
    in->signals.fetch_add(context.events.signals(), std::memory_order_relaxed);
    in->system_calls.fetch_add(context.events.system_calls(), std::memory_order_relaxed);
  }

  state(const state&) = delete;
  state& operator=(const state&) = delete;

  const std::shared_ptr<embedded::state> in;
  process_domain context;
  domain* self = nullptr;
};

embedded::embedded(policy by_default)
    : state_{std::make_shared<state>(by_default == policy::accept)} {}
embedded::~embedded() = default;

std::unique_ptr<embedded_domain> embedded::create_domain(std::uint16_t id, privilege may) {
  const bool privileged = may == privilege::control;
  auto made = std::make_unique<embedded_domain::state>(state_, id, privileged);
  return std::unique_ptr<embedded_domain>{new embedded_domain{std::move(made)}};
}

v4v::hv::counters embedded::counters() const {
  const hypervisor::totals totals = state_->core.count();
  v4v::hv::counters sum{
      .messages = totals.rings.messages,
      .bytes = totals.rings.bytes,
      .events = state_->signals.load(std::memory_order_relaxed),
      .event_syscalls = state_->system_calls.load(std::memory_order_relaxed),
      .would_block = totals.rings.would_block,
      .rejections = totals.rejections,
      .broken_rx = totals.rings.broken_rx,
      .high_water = totals.rings.high_water,
  };
  state_->core.for_each_domain([&](const domain& d) {
    const event& events = static_cast<const process_domain*>(d.context())->events;
    sum.events += events.signals();
    sum.event_syscalls += events.system_calls();
  });
  return sum;
}

std::string embedded::dump() const {
  class lines final : public dump_sink {
   public:
    // The core has no exceptions and holds locks.
    void line(const char* text) noexcept override {
      try {
        (all += text) += '\n';
      } catch (const std::bad_alloc&) {
        complete = false;
      }
    }
    std::string all;
    bool complete = true;
  };
  lines found;
  state_->core.dump(found);
  if (!found.complete) throw std::bad_alloc{};
  return std::move(found.all);
}

embedded_domain::embedded_domain(std::unique_ptr<state> s) noexcept : state_{std::move(s)} {}
embedded_domain::~embedded_domain() = default;

std::uint16_t embedded_domain::id() const noexcept { return state_->self->id(); }

long embedded_domain::hypercall(std::uint32_t op, std::uint64_t arg1, std::uint64_t arg2,
                                std::uint64_t arg3, std::uint64_t arg4) noexcept {
  call c{op, arg1, arg2, arg3, arg4};
  return state_->in->core.operate(*state_->self, c);
}

int embedded_domain::event_descriptor() const noexcept {
  return state_->context.events.descriptor();
}
bool embedded_domain::event_is_pending() const noexcept {
  return state_->context.events.is_pending();
}
bool embedded_domain::take_event() noexcept { return state_->context.events.take(); }
void embedded_domain::mask_events() noexcept { state_->context.events.mask(); }
bool embedded_domain::unmask_events() noexcept { return state_->context.events.unmask(); }

}  // namespace v4v::hv
