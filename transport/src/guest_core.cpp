#include "guest_core.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <random>
#include <thread>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>

#include "owned_ring.hpp"
#include "v4v/detail/connection.hpp"
#include "v4v/detail/datagram_port.hpp"
#include "v4v/detail/initiate.hpp"
#include "v4v/detail/listener.hpp"

namespace v4v::detail {
namespace {

void pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

int duplicate(int descriptor) {
  const int d = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (d < 0) throw std::system_error(errno, std::system_category(), "the guest's event descriptor");
  return d;
}

v4v_info info_of(link& l) {
  v4v_info info{};
  if (const long r = l.info(info); r < 0)
    throw std::system_error(static_cast<int>(-r), std::system_category(), "V4V info");
  if (info.ring_magic != V4V_RING_MAGIC || info.data_magic != V4V_RING_DATA_MAGIC)
    throw std::system_error(std::make_error_code(std::errc::protocol_not_supported),
                            "the hypervisor speaks another version of V4V");
  return info;
}

}  // namespace

guest_core::guest_core(asio::io_context& io, std::unique_ptr<v4v::link> link,
                       const busy_poll& polling)
    : io_(io),
      completions_(completions::of(io)),
      link_(std::move(link)),
      domain_(link_->domain()),
      event_(std::in_place, io, duplicate(link_->event_descriptor())),
      poll_time_(polling),
      watchers_(link_->activity()) {
  const v4v_info info = info_of(*link_);
  max_sendv_ = std::clamp<std::size_t>(info.max_sendv, 2, V4V_DEFAULT_MAX_SENDV);
  max_notify_ = std::max<std::size_t>(info.max_notify, 1);
  max_send_size_ = info.max_send_size;
  std::random_device random;
  random_state_ = std::uint64_t{random()} << 32 | random();
  // Not where a guest before it in this domain began: a peer must not take this one for that one.
  next_port_ = random();
}

guest_core::~guest_core() = default;

asio::io_context& context_of(guest_core& core) noexcept { return core.context(); }

void guest_core::close() {
  locked([this](section& s) { tear_down(s); });
}

void guest_core::abandon() {
  section s;
  const std::lock_guard lock(mutex_);
  tear_down(s);
  // The operations are destroyed with `s`, after the lock is released: that may run user code.
}

void guest_core::tear_down(section& s) {
  if (is_closed()) return;
  const auto listeners = std::exchange(listeners_, {});
  for (const auto& l : listeners)
    l->close(s);
  while (!connections_.empty()) {
    const auto c = connections_.front();
    c->close(s);
    remove(*c);
  }
  while (!datagram_ports_.empty())
    std::shared_ptr(*datagram_ports_.begin())->close(s);
  // What is left are closed connections that still owe their peers an RST; the death of the domain
  // tells them as well.
  for (auto& [address, ring] : remote_rings_) {
    for (auto& c : ring->blocked)
      c->guest_ends();
  }
  remote_rings_.clear();
  awaited_.clear();
  for (const auto& l : listeners)
    l->end(s);
  waiting_ = 0;
  polling_ = false;  // there is nothing to look at any more
  link_.reset();
  event_.reset();
}

// ---- Operations

void guest_core::wait(operation_queue& queue, operation& op) noexcept {
  queue.push(op);
  if (!op.blocks_a_thread) ++waiting_;
}

operation* guest_core::stop_waiting(operation_queue& queue) noexcept {
  operation* op = queue.pop();
  if (op != nullptr && !op->blocks_a_thread) --waiting_;
  return op;
}

operation* guest_core::stop_waiting(operation_queue& queue, std::uint64_t id) noexcept {
  operation* op = queue.take(id);
  if (op != nullptr && !op->blocks_a_thread) --waiting_;
  return op;
}

void guest_core::complete_all(section& s, operation_queue& queue, std::error_code ec) {
  while (operation* op = stop_waiting(queue))
    s.complete(*op, ec);
}

// ---- Events

// The loop ends in its second round at the latest, also with a link that has an event each time:
// what is armed in the first stays so until on_event(), which needs the lock.
void guest_core::settle(section& s) {
  std::erase_if(listeners_, [&](const auto& l) {
    if (l->is_done()) l->end(s);
    return l->is_done();
  });
  while (!is_closed()) {
    if (std::exchange(space_freed_, false)) link_->notify(nullptr);
    if (waiting_ == 0) {
      std::error_code ignored;
      if (armed_) event_->cancel(ignored);
      return;  // and poll() ends by itself
    }
    if (armed_ || polling_) return;
    idle_since_ = poll_time::clock::now();
    if (poll_time_.length().count() != 0 && blocked_threads_ == 0) return start_polling();
    arm();
    if (!link_->take_event()) return;
    look(s);
  }
}

// Posted, as everything that may call handlers.
void guest_core::start_polling() {
  polling_ = true;
  link_->mask_events();
  if (std::exchange(poll_is_posted_, true)) return;
  asio::post(io_, [self = shared_from_this()] { self->poll(); });
}

void guest_core::stop_polling() noexcept {
  polling_ = false;
  // Whether the flag is set is found out by whoever goes to sleep next, who takes it.
  static_cast<void>(link_->unmask_events());
}

struct guest_core::posts_next_look {
  std::shared_ptr<guest_core> of;
  ~posts_next_look() {
    if (of) asio::post(of->io_, [self = of] { self->poll(); });
  }
};

// A handler looks for as long as others can well wait, and then lets the io_context look at its
// other descriptors and handlers. When a handler that it has called has sent something, the answer
// may come as soon, so then it looks again, for as many turns as a run has. When none has, somebody
// may be waiting for this handler to return.
void guest_core::poll() {
  // Behind what the handlers post, so that a look keeps nobody waiting who could run; and also when
  // a handler throws.
  posts_next_look next{shared_from_this()};
  completion_run run(completions_);
  bool found = true;
  bool found_any = false;
  std::uint64_t sent_before = 0;
  for (bool first = true; found && run.has_turns_left(); first = false) {
    section s;
    {
      const std::lock_guard lock(mutex_);
      const bool may_be_answered = first || sent_ != sent_before;
      sent_before = sent_;
      found = false;
      if (polling_ && may_be_answered) found = look_for_a_while(s, first);
      if (is_closed() || !polling_) {
        poll_is_posted_ = false;
        next.of.reset();
        found = false;
      }
    }
    found_any |= found;
    run.hand_over(s.completed);
  }
  if (found_any || !next.of) return;
  // Whoever is to send may wait for this very processor.
  const auto before = poll_time::clock::now();
  std::this_thread::yield();
  const auto after = poll_time::clock::now();
  const std::lock_guard lock(mutex_);
  poll_time_.was_away(after - before, after);
  others_run_here_ = after - before > std::chrono::microseconds{4};
}

// False when nothing came. `at_all`: looks at first for whatever there may be, so that rings with
// much traffic keep out no others.
bool guest_core::look_for_a_while(section& s, bool at_all) {
  const sight what = spin(at_all);
  const auto now = poll_time::clock::now();
  if (what == sight::more_of_the_same) {
    poll_time_.learn(now - idle_since_, now);
    watchers_.visit_recent([&](receiver& r) { r.receive(s); });
    idle_since_ = now;
  } else if (what == sight::something && (watchers_.page_tells_all() || link_->take_event())) {
    poll_time_.learn(now - idle_since_, now);
    look(s);
    idle_since_ = now;
  } else if (waiting_ == 0 || now - idle_since_ > poll_time_.length()) {
    stop_polling();
    if (waiting_ != 0) {
      arm();
      if (link_->take_event()) look(s);
    }
  }
  settle(s);
  return what != sight::nothing;
}

// Some five microseconds. Between two spins come two system calls, of a microsecond each on a
// virtual machine: with spins as short as that, most messages would come in the middle of those.
// But where whoever is to send runs on the same processor it must get its turn soon.
guest_core::sight guest_core::spin(bool at_all) noexcept {
  const int looks = others_run_here_ ? 64 : 256;
  if (at_all && something_came()) return sight::something;
  const bool page_tells_all = watchers_.page_tells_all();
  for (int i = 0; i < looks; ++i) {
    if (watchers_.recent_have_more()) return sight::more_of_the_same;
    if (!page_tells_all && something_came()) return sight::something;
    pause();
  }
  return something_came() ? sight::something : sight::nothing;
}

bool guest_core::something_came() noexcept {
  return watchers_.page_tells_all() ? watchers_.page_tells() : link_->event_is_pending();
}

// What is in the descriptor is thrown away here and not by the reactor when it becomes readable:
// then whoever sent waits for what comes of it.
void guest_core::arm() {
  drain_descriptor();
  event_->async_wait(asio::posix::descriptor_base::wait_read,
                     [self = shared_from_this()](std::error_code) { self->on_event(); });
  armed_ = true;
}

void guest_core::drain_descriptor() noexcept {
  std::uint64_t count = 0;  // of no interest
  [[maybe_unused]] const auto n = ::read(event_->native_handle(), &count, sizeof count);
}

void guest_core::on_event() {
  completion_run run(completions_);
  section s;
  {
    const std::lock_guard lock(mutex_);
    armed_ = false;
    if (!is_closed() && link_->take_event()) {
      const auto now = poll_time::clock::now();
      poll_time_.learn(now - idle_since_, now);
      look(s);
    }
    settle(s);
  }
  run.hand_over(s.completed);
}

void guest_core::work() {
  section s;
  completions::promise meanwhile;
  {
    const std::lock_guard lock(mutex_);
    if (is_closed()) return;
    // Before the flag is cleared: what comes later makes it readable again. A wait of the
    // io_context's that is under way may have ended, and on_event() then finds nothing.
    drain_descriptor();
    if (link_->take_event()) look(s);
    settle(s);
    if (s.completed.has_one_for_the_io_context()) meanwhile.make(completions_);
  }
  completions_.end(s.completed);
}

// A thread that sleeps on the descriptor needs events that are not masked, for there may be nobody
// who runs the handler that looks. For who does run it there must be something left in its place.
void guest_core::thread_blocks() {
  const std::lock_guard lock(mutex_);
  ++blocked_threads_;
  if (!polling_ || is_closed()) return;
  stop_polling();
  if (waiting_ != 0) arm();  // and work(), which comes next, looks
}

void guest_core::thread_goes_on() {
  const std::lock_guard lock(mutex_);
  --blocked_threads_;
}

void guest_core::sleep(int other) {
  // A guest that is closed meanwhile ends what the other descriptor is about.
  const int event = peek([this] { return is_closed() ? -1 : event_->native_handle(); });
  pollfd descriptors[] = {{event, POLLIN, 0}, {other, POLLIN, 0}};
  ::poll(descriptors, 2, -1);
}

// The messages first: they may say why a ring is gone.
void guest_core::look(section& s) {
  const auto news = watchers_.visit([&](receiver& r) { r.receive(s); });
  std::vector<endpoint> addresses;
  if (news.gone) {
    for (const auto& l : listeners_)
      l->rings_are_gone();
    addresses.reserve(remote_rings_.size());
    for (const auto& [address, ring] : remote_rings_)
      addresses.push_back(address);
  } else if (news.room) {
    addresses.assign(awaited_.begin(), awaited_.end());
  }
  ask_about(s, addresses);
}

std::unique_ptr<owned_ring> guest_core::open_ring(port_type port, domain_type partner,
                                                  std::size_t bytes, std::error_code& ec) {
  // Only this domain's own sockets take ports from that range; one that wrapped around may still be
  // in use. There are fewer rings than this in a domain.
  for (int tries = port == V4V_PORT_ANY ? 4096 : 1; tries != 0; --tries) {
    ec.clear();
    auto ring = owned_ring::open(*link_, watchers_, port == V4V_PORT_ANY ? next_port() : port,
                                 partner, bytes, ec);
    if (ec != std::errc::file_exists) return ring;
  }
  return nullptr;
}

port_type guest_core::next_port() noexcept {
  return first_connecting_port | (next_port_++ & ~first_connecting_port);
}

// SplitMix64. The number keeps connections apart that follow each other at one port; it is no
// secret that anything rests on, as the ring's partner and the stamped domain decide who is heard.
std::uint32_t guest_core::random_conid() noexcept {
  std::uint64_t z = random_state_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return static_cast<std::uint32_t>(z ^ (z >> 31));
}

}  // namespace v4v::detail
