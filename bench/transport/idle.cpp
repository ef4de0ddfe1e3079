#include "idle.hpp"

#include <chrono>
#include <ctime>
#include <thread>

#include <asio/detached.hpp>

#include "measure/stopwatch.hpp"
#include "streams.hpp"

namespace v4v::bench {
namespace {

double cpu_milliseconds() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
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
  const double before = cpu_milliseconds();
  const stopwatch time;
  std::this_thread::sleep_for(std::chrono::duration<double>{seconds});
  const double used = cpu_milliseconds() - before;
  const double watched = time.seconds();
  p.here().stop();
  p.there().stop();
  near.join();
  far.join();
  return used / watched;
}

}  // namespace v4v::bench
