// A key-value store in one domain and its user in another, on a hypervisor in this program.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <deque>
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
#include "reader.hpp"
#include "remote_error.hpp"
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

struct options {
  std::string file;
  std::size_t calls = 10'000;
  access allowed;
  v4v::domain_type domain = 2;
};

// Each domain that may read, and nothing else, follows the status.
std::deque<reader> let_follow(const options& o, v4v::hv::embedded& hypervisor,
                              v4v::rpc::event_loop& loop) {
  std::deque<reader> readers;
  for (const auto domain : o.allowed.readers) {
    if (domain == o.domain || o.allowed.writers.contains(domain)) continue;
    readers.emplace_back(hypervisor, loop, domain).follow("status");
  }
  return readers;
}

void let_try_to_put(std::deque<reader>& readers) {
  for (reader& r : readers) {
    const auto refusal = r.try_to_put("status", "overwritten by a reader");
    if (refusal.empty()) throw std::runtime_error("the store let a reader write");
    fmt::print("reader      tries to put, and the store says: {}\n", refusal);
  }
}

void run(const options& o) {
  const std::string& path = o.file;
  const std::string text = read_file(path);
  const auto pieces = pieces_of(text);

  v4v::hv::embedded hypervisor;
  store_thread server(hypervisor, o.allowed);
  asio::io_context io;
  v4v::rpc::event_loop loop(io);
  v4v::guest guest(io, v4v::embedded_link(hypervisor, o.domain));
  v4v::rpc::client client(loop, guest, {store_domain, store_port});
  auto store = client.bootstrap<Store>();
  kj::WaitScope& scope = loop.wait_scope();
  fmt::print("file        {}: {} bytes, {} pieces\n", path, text.size(), pieces.size());

  std::string status;
  auto follow = store.followRequest();
  follow.setKey(bytes("status"));
  follow.setFollower(kj::heap<status_printer>(status));
  const auto following = follow.send().wait(scope).getFollowing();
  auto readers = let_follow(o, hypervisor, loop);

  auto begin = clock::now();
  load(store, pieces, show("loading", pieces.size()), scope);
  clear_progress();
  fmt::print("loaded      in {:.3f} s by streaming calls\n", seconds_since(begin));
  put_status(store, "loaded", scope);
  for (reader& r : readers)
    r.wait_for("loaded");

  begin = clock::now();
  compare(store, pieces, show("comparing", pieces.size()), scope);
  clear_progress();
  fmt::print("compared    in {:.3f} s by pipelined calls: every byte is the same\n",
             seconds_since(begin));
  put_status(store, "compared", scope);
  for (reader& r : readers)
    r.wait_for("compared");
  let_try_to_put(readers);

  print_round_trips(measure_round_trips(store, o.calls, scope));
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
      "which is their hypervisor, too.\n\n"
      "A domain may read and write the store, only read it, or neither:\n"
      "  kvstore FILE --readers 3,4               3 and 4 follow the key, too, and try to set it\n"
      "  kvstore FILE --domain 3 --readers 3      3 tries to load the file, but may not\n"
      "  kvstore FILE --domain 9                  9 may do nothing");
  app.footer(
      "Exit status: 0 every byte came back, 1 not so, and why is said, above 100 the options are\n"
      "wrong.");
  kvstore::options o;
  std::vector<unsigned> writers, readers;
  // Domain 1 has the store; from 0x7FF0 on the numbers are reserved.
  const auto domains = CLI::Range(2u, 0x7FEFu).description("").name("");
  app.add_option("FILE", o.file, "Any regular file; lines over 64 KiB are kept in pieces")
      ->required();
  app.add_option("--calls", o.calls, "How many round trips to measure")
      ->capture_default_str()
      ->check(CLI::Range(0, 10'000'000));
  app.add_option("--domain", o.domain, "The domain that loads the file")
      ->capture_default_str()
      ->check(domains)
      ->type_name("DOMAIN");
  app.add_option("--writers", writers, "The domains that may read and write [2]")
      ->delimiter(',')
      ->check(domains)
      ->type_name("DOMAIN,...");
  app.add_option("--readers", readers, "The domains that may read, and no more [none]")
      ->delimiter(',')
      ->check(domains)
      ->type_name("DOMAIN,...");
  CLI11_PARSE(app, argc, argv);
  if (!writers.empty()) o.allowed.writers = {writers.begin(), writers.end()};
  o.allowed.readers = {readers.begin(), readers.end()};

  try {
    kvstore::run(o);
    return 0;
  } catch (const kj::Exception& e) {
    std::fflush(stdout);  // in this order, also in one file
    fmt::print(stderr, "kvstore: {}\n", kvstore::without_origin(e.getDescription().cStr()));
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "kvstore: {}: not enough memory to hold it twice\n", o.file);
  } catch (const std::exception& e) {
    fmt::print(stderr, "kvstore: {}\n", e.what());
  }
  return 1;
}
