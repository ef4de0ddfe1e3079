// What the locks' writers pay: registering a ring and taking it back, the birth and death of a
// domain. Alone, and while another thread, on another processor, makes hypercalls.

#include <atomic>
#include <optional>
#include <thread>

#include "domains.hpp"
#include "measure/columns.hpp"
#include "measure/pinning.hpp"
#include "steps.hpp"

namespace v4v::hv::bench {
namespace {

// A thread that sends to a ring of its own all the time.
class busy_sender {
 public:
  explicit busy_sender(embedded& hv) : to_{hv, 1001, 1, 65536}, from_{hv, 1002} {}
  ~busy_sender() {
    over_.store(true, std::memory_order_relaxed);
    thread_.join();
  }
  busy_sender(const busy_sender&) = delete;
  busy_sender& operator=(const busy_sender&) = delete;

 private:
  receiver to_;
  guest from_;
  std::atomic<bool> over_{false};
  std::thread thread_{[this] {
    v4v::bench::pin_near_thread();
    const payload message{64};
    stream_of_messages stream{from_, to_, 1};
    while (!over_.load(std::memory_order_relaxed))
      stream.send(message.vectors(), message.size());
  }};
};

outcome register_and_unregister(std::uint32_t len, bool busy, std::size_t rounds) {
  embedded hv;
  guest owner{hv, 1};
  const ring_memory ring{1, len};
  std::optional<busy_sender> other;
  if (busy) other.emplace(hv);
  return repeat(rounds, [&] {
    require(owner.register_ring(ring) == 0, "not registered");
    require(owner.unregister_ring(ring) == 0, "not unregistered");
  });
}

outcome birth_and_death(bool busy, std::size_t rounds) {
  embedded hv;
  std::optional<busy_sender> other;
  if (busy) other.emplace(hv);
  return repeat(rounds, [&] { const auto domain = hv.create_domain(1); });
}

}  // namespace

void plan_registration(plan& p) {
  const auto add = [&](const char* figure, std::optional<place> at,
                       std::function<outcome(std::size_t)> run) {
    p.add(v4v::bench::cost(
        {v4v::bench::suite::hypercall, figure, at, v4v::bench::column::v4v, "ns"}, std::move(run)));
  };
  for (const std::size_t len :
       p.counts({4 << 10, 1 << 20}, {4 << 10, 64 << 10, 1 << 20, 16 << 20})) {
    add("register and unregister", place{static_cast<double>(len), "B"}, [=](std::size_t n) {
      return register_and_unregister(static_cast<std::uint32_t>(len), false, n);
    });
  }
  add("register and unregister, beside a busy sender", place{4096, "B"},
      [](std::size_t n) { return register_and_unregister(4096, true, n); });
  add("birth and death of a domain", {}, [](std::size_t n) { return birth_and_death(false, n); });
  add("birth and death of a domain, beside a busy sender", {},
      [](std::size_t n) { return birth_and_death(true, n); });
}

}  // namespace v4v::hv::bench
