#include <malloc.h>
#include <unistd.h>

#include <fstream>

#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>

#include "idle.hpp"
#include "streams.hpp"
#include "suites.hpp"

namespace v4v::bench {
namespace {

constexpr std::size_t active_ring = 16 << 10;
constexpr std::size_t taken_at_once = 4 << 10;  // at most, on each of many connections

/// UNIX sockets, as many as wanted, of which one end each is in one io_context.
class unix_crowd : public two_ends {
 public:
  using socket = unix_pair::socket;

  explicit unix_crowd(std::size_t count) : two_ends{threads::two} {
    for (; count != 0; --count)
      asio::local::connect_pair(near_.emplace_back(here()), far_.emplace_back(there()));
  }
  socket& near() { return near_.front(); }
  socket& far() { return far_.front(); }
  std::vector<socket>& all_near() { return near_; }
  std::vector<socket>& all_far() { return far_; }

 private:
  std::vector<socket> near_;
  std::vector<socket> far_;
};

char nothing;  // the buffer of reads that nobody serves

/// Each end of all connections but the first reads, and nothing comes.
template <class Crowd>
void let_idle(Crowd& c) {
  for (auto* const ends : {&c.all_near(), &c.all_far()}) {
    for (std::size_t i = 1; i < ends->size(); ++i)
      (*ends)[i].async_read_some(asio::buffer(&nothing, 1), asio::detached);
  }
}

template <class Sockets>
awaitable<void> all_of(Sockets& s, auto work) {
  std::size_t running = s.size();
  std::exception_ptr failure;
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer ended{executor, asio::steady_timer::time_point::max()};
  for (auto& each : s) {
    asio::co_spawn(executor, work(each), [&](const std::exception_ptr& e) {  // in this thread
      if (e) failure = e;
      if (--running == 0 || e) ended.cancel();
    });
  }
  std::error_code ignored;
  if (running != 0) co_await ended.async_wait(asio::redirect_error(use_awaitable, ignored));
  if (failure) std::rethrow_exception(failure);
}

/// All connections at the same time, so many messages on each.
template <class Crowd>
outcome messages_over_all(Crowd& c, std::size_t count) {
  const stopwatch time;
  run_both(
      c,
      all_of(c.all_near(), [=](auto& s) { return take(s, small_message * count, taken_at_once); }),
      all_of(c.all_far(), [=](auto& s) { return give(s, small_message, count); }));
  return {time.seconds()};
}

std::unique_ptr<v4v_pair> v4v_connections(busy_poll polling, std::size_t count, std::size_t ring) {
  return std::make_unique<v4v_pair>(polling, ring, threads::two, count);
}

template <class Crowd>
void add_idle(plan& p, std::size_t count, const std::string& column, made_once<Crowd> crowd) {
  p.add(timed_rounds(
      {suite::scale, "round trip beside idle connections",
       place{static_cast<double>(count), "connections"}, column, "us"},
      [=](std::size_t rounds) { return round_trips(crowd(), small_message, rounds); }));
}

template <class Crowd>
void add_active(plan& p, std::size_t count, const std::string& column, made_once<Crowd> crowd) {
  const auto connections = static_cast<double>(count);
  p.add(rate({suite::scale, "messages over active connections", place{connections, "connections"},
              column, "million/s"},
             connections / million,
             [=](std::size_t rounds) { return messages_over_all(crowd(), rounds); }));
}

// ---- Memory ----

/// Bytes that this process has allocated, or shares with others and has touched.
double in_use() {
  const auto heap = ::mallinfo2();
  std::ifstream in("/proc/self/statm");
  double all = 0, resident = 0, shared = 0;
  in >> all >> resident >> shared;
  return static_cast<double>(heap.uordblks + heap.hblkhd) +
         shared * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// How much more there is for each of so many connections that have been used: `bytes` there and
/// back on each, which is as much as a ring holds.
template <class Make>
void add_memory(plan& p, std::size_t count, std::size_t bytes, const std::string& column,
                Make make) {
  p.add(value(
      {suite::scale, "memory per connection", place{static_cast<double>(count), "connections"},
       column, "KiB"},
      [=](std::size_t) {
        const auto first = make(std::size_t{1});  // what is there once is there before
        const double before = in_use();
        const auto all = make(count);
        std::vector<outcome> each(count);
        auto next = each.begin();
        run_both(*all,
                 all_of(all->all_near(), [=](auto& s) { return echo(s, bytes, untimed + 1); }),
                 all_of(all->all_far(), [&, bytes](auto& s) { return ask(s, bytes, 1, *next++); }));
        outcome o;
        o.value = (in_use() - before) / 1024 / static_cast<double>(count);
        return o;
      }));
}

}  // namespace

void plan_scale(plan& p) {
  const bool beside_unix = p.of_run().has_peer(beside::unix_socket);
  for (const std::size_t count : p.counts({1, 1024}, {1, 4, 16, 64, 256, 1024})) {
    for (const std::string& mode : p.of_run().modes) {
      add_idle(p, count, mode, made_once<v4v_pair>{[=] {
                 auto made = v4v_connections(polling_in(mode), count, smallest_ring);
                 let_idle(*made);
                 return made;
               }});
      add_active(p, count, mode, made_once<v4v_pair>{[=] {
                   return v4v_connections(polling_in(mode), count, active_ring);
                 }});
    }
    if (!beside_unix) continue;
    add_idle(p, count, column::unix_socket, made_once<unix_crowd>{[=] {
               auto made = std::make_unique<unix_crowd>(count);
               let_idle(*made);
               return made;
             }});
    add_active(p, count, column::unix_socket,
               made_once<unix_crowd>{[=] { return std::make_unique<unix_crowd>(count); }});
  }
  for (const std::size_t guests : p.counts({1, 64}, {1, 4, 16, 64})) {
    for (const std::string& mode : p.of_run().modes) {
      const made_once<v4v_crowd> crowd{
          [=] { return std::make_unique<v4v_crowd>(polling_in(mode), guests); }};
      const auto domains = static_cast<double>(guests);
      p.add(rate({suite::scale, "messages from sender domains", place{domains, "domains"}, mode,
                  "million/s"},
                 domains / million,
                 [=](std::size_t rounds) { return messages_over_all(crowd(), rounds); }));
    }
  }
  p.add(value({suite::scale, "processor time of an idle connection", {}, column::adaptive, "ms/s"},
              [seconds = p.of_run().full ? 10.0 : 1.0](std::size_t) {
                outcome o;
                o.value = idle_milliseconds(seconds);
                return o;
              }));
  const auto add_memory_of_v4v = [&](std::size_t count, std::size_t ring, const char* column) {
    add_memory(p, count, ring, column,
               [=](std::size_t n) { return v4v_connections(busy_poll::off(), n, ring); });
  };
  for (const std::size_t count : p.counts({1024}, {64, 1024})) {
    add_memory_of_v4v(count, smallest_ring, "v4v, rings of 4 KiB");
    add_memory_of_v4v(count, active_ring, "v4v, rings of 16 KiB");
    if (beside_unix)
      add_memory(p, count, active_ring, "UNIX, without the kernel's",
                 [](std::size_t n) { return std::make_unique<unix_crowd>(n); });
  }
  add_memory_of_v4v(64, acceptor_options{}.ring_size, "v4v, usual rings");
}

}  // namespace v4v::bench
