#include "use.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <deque>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <v4v/guest.hpp>
#include <v4v/rpc/client.hpp>
#include <v4v/rpc/event_loop.hpp>

#include "bytes.hpp"
#include "input_file.hpp"
#include "loader.hpp"
#include "reader.hpp"

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

void let_try_to_put(std::deque<reader>& readers) {
  for (reader& r : readers) {
    const auto refusal = r.try_to_put("status", "overwritten by a reader");
    if (refusal.empty()) throw std::runtime_error("the store let a reader write");
    fmt::print("reader      tries to put, and the store says: {}\n", refusal);
  }
}

}  // namespace

void use_store(const std::string& path, std::size_t calls, std::unique_ptr<v4v::link> link,
               const v4v::endpoint& service,
               std::vector<std::unique_ptr<v4v::link>> links_of_readers) {
  const std::string text = read_file(path);
  const auto pieces = pieces_of(text);

  asio::io_context io;
  v4v::rpc::event_loop loop(io);
  v4v::guest guest(io, std::move(link));
  v4v::rpc::client client(loop, guest, service);
  auto store = client.bootstrap<Store>();
  kj::WaitScope& scope = loop.wait_scope();
  fmt::print("file        {}: {} bytes, {} pieces\n", path, text.size(), pieces.size());

  std::string status;
  auto follow = store.followRequest();
  follow.setKey(bytes("status"));
  follow.setFollower(kj::heap<status_printer>(status));
  const auto following = follow.send().wait(scope).getFollowing();
  std::deque<reader> readers;
  for (auto& of_reader : links_of_readers)
    readers.emplace_back(std::move(of_reader), loop, service).follow("status");

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

  print_round_trips(measure_round_trips(store, calls, scope));
  if (status != "compared") throw std::runtime_error("the store did not tell of the last status");
}

}  // namespace kvstore

#pragma GCC diagnostic pop
