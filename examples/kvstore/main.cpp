// A key-value store in one domain and its user in another, on a hypervisor in this program.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <new>
#include <v4v/embedded_link.hpp>
#include <v4v/guest.hpp>
#include <v4v/hv/embedded.hpp>
#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>

#include "bytes.hpp"
#include "input_file.hpp"
#include "loader.hpp"
#include "store_thread.hpp"

// The interfaces that capnp generates have no virtual destructors.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

namespace kvstore {
namespace {

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point begin) {
  return std::chrono::duration<double>(clock::now() - begin).count();
}

// A sign of life on a terminal for what takes more than two seconds.
progress show(const char* what, std::size_t of) {
  return [=, begin = clock::now(), last = clock::now()](std::size_t done) mutable {
    if (seconds_since(begin) < 2 || seconds_since(last) < 0.2 || !::isatty(STDERR_FILENO)) return;
    last = clock::now();
    fmt::print(stderr, "\r\033[K{} {:.0f} %", what,
               100.0 * static_cast<double>(done) / static_cast<double>(of));
  };
}

void clear_progress() {
  if (::isatty(STDERR_FILENO)) fmt::print(stderr, "\r\033[K");
}

// The capability that goes the other way: the store calls it.
class status_printer final : public Follower::Server {
 public:
  explicit status_printer(std::string& last) : last_(last) {}

  kj::Promise<void> changed(ChangedContext context) override {
    last_ = view(context.getParams().getValue());
    fmt::print("            the store says: status is \"{}\"\n", last_);
    return kj::READY_NOW;
  }

 private:
  std::string& last_;
};

void put_status(Store::Client store, std::string_view status, kj::WaitScope& scope) {
  auto request = store.putRequest();
  request.setKey(bytes("status"));
  request.setValue(bytes(status));
  request.send().wait(scope);
}

void print_round_trips(const std::vector<std::chrono::nanoseconds>& sorted) {
  if (sorted.empty()) return;
  const auto at = [&](double share) {
    const auto index = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
    return static_cast<double>(sorted[index].count()) / 1000;
  };
  fmt::print(
      "round trip  {} calls, one after the other, in us: 50 % {:.1f}   90 % {:.1f}   "
      "99 % {:.1f}   99.9 % {:.1f}   max {:.1f}\n",
      sorted.size(), at(0.5), at(0.9), at(0.99), at(0.999), at(1));
}

void print_counters(const v4v::hv::counters& c) {
  fmt::print(
      "hypervisor  {} messages, {} bytes, {} events ({} by system call), {} times full, "
      "{} rejections\n",
      c.messages, c.bytes, c.events, c.event_syscalls, c.would_block, c.rejections);
}

void run(const std::string& path, std::size_t calls) {
  const std::string text = read_file(path);
  const auto pieces = pieces_of(text);

  v4v::hv::embedded hypervisor;
  store_thread server(hypervisor);
  asio::io_context io;
  v4v::rpc::event_loop loop(io);
  v4v::guest guest(io, v4v::embedded_link(hypervisor, 2));
  v4v::rpc::client client(loop, guest, {store_domain, store_port});
  auto store = client.bootstrap<Store>();
  kj::WaitScope& scope = loop.wait_scope();
  fmt::print("file        {}: {} bytes, {} pieces\n", path, text.size(), pieces.size());

  std::string status;
  auto follow = store.followRequest();
  follow.setKey(bytes("status"));
  follow.setFollower(kj::heap<status_printer>(status));
  const auto following = follow.send().wait(scope).getFollowing();

  auto begin = clock::now();
  load(store, pieces, show("loading", pieces.size()), scope);
  clear_progress();
  fmt::print("loaded      in {:.3f} s by streaming calls\n", seconds_since(begin));
  put_status(store, "loaded", scope);

  begin = clock::now();
  compare(store, pieces, show("comparing", pieces.size()), scope);
  clear_progress();
  fmt::print("compared    in {:.3f} s by pipelined calls: every byte is the same\n",
             seconds_since(begin));
  put_status(store, "compared", scope);

  print_round_trips(measure_round_trips(store, calls, scope));
  if (status != "compared") throw std::runtime_error("the store did not tell of the last status");
  print_counters(hypervisor.counters());
}

}  // namespace
}  // namespace kvstore

#pragma GCC diagnostic pop

int main(int argc, char** argv) {
  CLI::App app(
      "Serves a key-value store from domain 1, and from domain 2 loads FILE into it line by line,\n"
      "reads it back, compares it, and follows one key. Both domains are threads of this program,\n"
      "which is their hypervisor, too.");
  std::string file;
  std::size_t calls = 10'000;
  app.add_option("FILE", file, "Any regular file; lines over 64 KiB are kept in pieces")
      ->required();
  app.add_option("--calls", calls, "How many round trips to measure")
      ->capture_default_str()
      ->check(CLI::Range(0, 10'000'000));
  CLI11_PARSE(app, argc, argv);

  try {
    kvstore::run(file, calls);
    return 0;
  } catch (const kj::Exception& e) {
    fmt::print(stderr, "kvstore: {}\n", e.getDescription().cStr());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "kvstore: {}: not enough memory to hold it twice\n", file);
  } catch (const std::exception& e) {
    fmt::print(stderr, "kvstore: {}\n", e.what());
  }
  return 1;
}
