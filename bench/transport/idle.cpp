#include "idle.hpp"

#include <pthread.h>

#include <chrono>
#include <ctime>
#include <stdexcept>
#include <thread>

#include <asio/detached.hpp>

#include "measure/stopwatch.hpp"
#include "streams.hpp"

namespace v4v::bench {
namespace {

// Of that thread alone: a program may have others.
double cpu_milliseconds(std::thread& of) {
  clockid_t clock{};
  timespec t{};
  if (::pthread_getcpuclockid(of.native_handle(), &clock) != 0 || ::clock_gettime(clock, &t) != 0)
    throw std::runtime_error("the processor time of a thread cannot be read");
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
}

}  // namespace

double idle_milliseconds(double seconds) {
  v4v_pair p{busy_poll::adaptive()};
  round_trips(p, 64, 1000);

  char bytes[2] = {};
  p.near().async_read_some(asio::buffer(&bytes[0], 1), asio::detached);
  p.far().async_read_some(asio::buffer(&bytes[1], 1), asio::detached);
  p.here().restart();
  p.there().restart();
  std::thread near{[&] { p.here().run(); }};
  std::thread far{[&] { p.there().run(); }};
  const auto used_by_both = [&] { return cpu_milliseconds(near) + cpu_milliseconds(far); };
  const double before = used_by_both();
  const stopwatch time;
  std::this_thread::sleep_for(std::chrono::duration<double>{seconds});
  const double used = used_by_both() - before;
  const double watched = time.seconds();
  p.here().stop();
  p.there().stop();
  near.join();
  far.join();
  return used / watched;
}

}  // namespace v4v::bench
