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
  process_port host;
  hypervisor core{host};

  // Of the domains that are gone.
  std::atomic<std::uint64_t> signals{0};
  std::atomic<std::uint64_t> system_calls{0};
};

class embedded_domain::state {
 public:
  state(std::shared_ptr<embedded::state> of, std::uint16_t id) : in{std::move(of)} {
    switch (in->core.create_domain(id, &events, self)) {
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
    in->core.destroy_domain(self);
    in->signals.fetch_add(events.signals(), std::memory_order_relaxed);
    in->system_calls.fetch_add(events.system_calls(), std::memory_order_relaxed);
  }

  state(const state&) = delete;
  state& operator=(const state&) = delete;

  const std::shared_ptr<embedded::state> in;
  event events;
  domain* self = nullptr;
};

embedded::embedded() : state_{std::make_shared<state>()} {}
embedded::~embedded() = default;

std::unique_ptr<embedded_domain> embedded::create_domain(std::uint16_t id) {
  auto made = std::make_unique<embedded_domain::state>(state_, id);
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
    const auto& events = *static_cast<const event*>(d.context());
    sum.events += events.signals();
    sum.event_syscalls += events.system_calls();
  });
  return sum;
}

embedded_domain::embedded_domain(std::unique_ptr<state> s) noexcept : state_{std::move(s)} {}
embedded_domain::~embedded_domain() = default;

std::uint16_t embedded_domain::id() const noexcept { return state_->self->id(); }

long embedded_domain::hypercall(std::uint32_t op, std::uint64_t arg1, std::uint64_t arg2,
                                std::uint64_t arg3, std::uint64_t arg4) noexcept {
  return state_->in->core.operate(*state_->self, op, arg1, arg2, arg3, arg4);
}

int embedded_domain::event_descriptor() const noexcept { return state_->events.descriptor(); }
bool embedded_domain::take_event() noexcept { return state_->events.take(); }
void embedded_domain::mask_events() noexcept { state_->events.mask(); }
bool embedded_domain::unmask_events() noexcept { return state_->events.unmask(); }

}  // namespace v4v::hv
