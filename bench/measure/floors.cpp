#include "measure/floors.hpp"

#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "measure/stopwatch.hpp"
#include "measure/two_threads.hpp"

namespace v4v::bench {
namespace {

constexpr std::size_t copied_memory = 64 << 20;  // more than most caches hold
constexpr std::size_t ring_size = 256 << 10;
constexpr std::size_t batch = 64;    // of round trips that are too short for the clock
constexpr std::size_t untimed = 10;  // until both threads run

// Two lines apart: processors fetch the neighbour of a line along with it.
struct alignas(128) word {
  std::atomic<std::size_t> value{0};

  // Acquire and release, as between the hypervisor's tx_ptr and its reader. Where both threads
  // share a processor the other must be let run.
  void await(std::size_t wanted) {
    for (int spins = 1; value.load(std::memory_order_acquire) != wanted; ++spins) {
      if (spins % 65536 == 0) ::sched_yield();
    }
  }
  void set(std::size_t v) { value.store(v, std::memory_order_release); }
};

class event {
 public:
  event() : descriptor_(::eventfd(0, EFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::system_category(), "eventfd");
  }
  ~event() { ::close(descriptor_); }
  event(const event&) = delete;
  event& operator=(const event&) = delete;

  void signal() {
    const std::uint64_t one = 1;
    check(::write(descriptor_, &one, sizeof one));
  }
  void await() {
    std::uint64_t count = 0;
    check(::read(descriptor_, &count, sizeof count));
  }

 private:
  static void check(ssize_t n) {
    if (n != sizeof(std::uint64_t))
      throw std::system_error(errno, std::system_category(), "eventfd");
  }
  int descriptor_;
};

}  // namespace

outcome cache_line_round_trips(std::size_t rounds) {
  word there;
  word back;
  outcome o;
  const std::size_t batches = rounds / batch + 1;
  const std::size_t last = batches * batch + 1;
  o.each.reserve(batches);
  on_two_threads(
      [&] {
        for (std::size_t i = 1; i <= last; ++i) {
          there.await(i);
          back.set(i);
        }
      },
      [&] {
        there.set(1);  // not timed: the other thread begins
        back.await(1);
        const stopwatch all;
        for (std::size_t i = 2; i <= last;) {
          const stopwatch time;
          for (const std::size_t end = i + batch; i != end; ++i) {
            there.set(i);
            back.await(i);
          }
          o.each.push_back(time.microseconds() / batch);
        }
        o.seconds = all.seconds();
      });
  return o;
}

outcome eventfd_round_trips(std::size_t rounds) {
  event there;
  event back;
  outcome o;
  o.each.reserve(rounds);
  const auto go = [&] {
    there.signal();
    back.await();
  };
  on_two_threads(
      [&] {
        for (std::size_t i = 0; i < untimed + rounds; ++i) {
          there.await();
          back.signal();
        }
      },
      [&] {
        for (std::size_t i = 0; i < untimed; ++i)
          go();
        const stopwatch all;
        for (std::size_t i = 0; i < rounds; ++i) {
          const stopwatch time;
          go();
          o.each.push_back(time.microseconds());
        }
        o.seconds = all.seconds();
      });
  return o;
}

outcome copies(std::size_t size, std::size_t rounds) {
  constexpr std::size_t line = 64;
  const std::size_t stride = (size + line - 1) / line * line;
  const std::size_t places = std::max(copied_memory / stride, std::size_t{1});
  std::vector<char> from(places * stride, 'v');
  std::vector<char> to(places * stride, '4');  // touched: the kernel's part is not measured
  const stopwatch time;
  std::size_t at = 0;
  for (std::size_t i = 0; i < rounds; ++i) {
    std::memcpy(to.data() + at * stride, from.data() + at * stride, size);
    asm volatile("" : : "r"(to.data()) : "memory");  // somebody may read it
    if (++at == places) at = 0;
  }
  return {time.seconds()};
}

outcome copies_in_cache(std::size_t size, std::size_t rounds) {
  const std::vector<char> from(size, 'v');
  std::vector<char> to(std::max(ring_size / size, std::size_t{1}) * size, '4');
  const stopwatch time;
  std::size_t at = 0;
  for (std::size_t i = 0; i < rounds; ++i) {
    std::memcpy(to.data() + at, from.data(), size);
    asm volatile("" : : "r"(to.data()) : "memory");
    at += size;
    if (at == to.size()) at = 0;
  }
  return {time.seconds()};
}

outcome copies_through_ring(std::size_t size, std::size_t rounds) {
  const std::vector<char> from(size, 'v');
  std::vector<char> ring(ring_size / size * size, '4');
  std::vector<char> to(size);
  const stopwatch time;
  std::size_t at = 0;
  for (std::size_t i = 0; i < rounds; ++i) {
    std::memcpy(ring.data() + at, from.data(), size);
    asm volatile("" : : "r"(ring.data()) : "memory");
    std::memcpy(to.data(), ring.data() + at, size);
    asm volatile("" : : "r"(to.data()) : "memory");
    at += size;
    if (at == ring.size()) at = 0;
  }
  return {time.seconds()};
}

}  // namespace v4v::bench
