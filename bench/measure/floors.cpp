#include "measure/floors.hpp"

#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "measure/samples.hpp"
#include "measure/two_threads.hpp"

namespace v4v::bench {
namespace {

using clock = std::chrono::steady_clock;
constexpr std::size_t block = 64 * 1024;

double microseconds(clock::duration d) {
  return std::chrono::duration<double, std::micro>(d).count();
}

// Two lines apart: processors fetch the neighbour of a line along with it.
struct alignas(128) word {
  std::atomic<int> value{0};

  // Acquire and release, as between the hypervisor's tx_ptr and its reader. Where both threads
  // share a processor the other must be let run.
  void await(int wanted) {
    for (int spins = 1; value.load(std::memory_order_acquire) != wanted; ++spins) {
      if (spins % 65536 == 0) ::sched_yield();
    }
  }
  void set(int v) { value.store(v, std::memory_order_release); }
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

double cache_line_round_trip(int rounds) {
  word there;
  word back;
  clock::duration time{};
  on_two_threads(
      [&] {
        for (int i = 1; i <= rounds; ++i) {
          there.await(i);
          back.set(i);
        }
      },
      [&] {
        there.set(1);  // not timed: the other thread begins
        back.await(1);
        const auto begin = clock::now();
        for (int i = 2; i <= rounds; ++i) {
          there.set(i);
          back.await(i);
        }
        time = clock::now() - begin;
      });
  return microseconds(time) / (rounds - 1);
}

double eventfd_round_trip(int rounds) {
  event there;
  event back;
  std::vector<double> samples;
  samples.reserve(static_cast<std::size_t>(rounds));
  on_two_threads(
      [&] {
        for (int i = 0; i < rounds; ++i) {
          there.await();
          back.signal();
        }
      },
      [&] {
        for (int i = 0; i < rounds; ++i) {
          const auto begin = clock::now();
          there.signal();
          back.await();
          samples.push_back(microseconds(clock::now() - begin));
        }
      });
  return median(std::move(samples));
}

double memcpy_rate(std::size_t memory, std::size_t total) {
  const std::size_t half = std::max(memory / 2 / block, std::size_t{1}) * block;
  std::vector<char> from(half, 'v');
  std::vector<char> to(half, '4');  // touched: the kernel's part is not measured
  const auto begin = clock::now();
  std::size_t at = 0;
  for (std::size_t copied = 0; copied < total; copied += block) {
    std::memcpy(to.data() + at, from.data() + at, block);
    asm volatile("" : : "r"(to.data()) : "memory");  // somebody may read it
    at = at + block == half ? 0 : at + block;
  }
  const std::chrono::duration<double> time = clock::now() - begin;
  return static_cast<double>(total) / (1 << 30) / time.count();
}

std::size_t memory_in_l2() {
  const long l2 = ::sysconf(_SC_LEVEL2_CACHE_SIZE);
  return std::clamp<std::size_t>(l2 > 0 ? static_cast<std::size_t>(l2) / 2 : 0, 2 * block, 1 << 20);
}

}  // namespace v4v::bench
