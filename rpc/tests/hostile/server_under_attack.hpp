#pragma once

#include <array>
#include <asio/buffer.hpp>
#include <asio/write.hpp>
#include <cstring>
#include <optional>

#include "features/mirror.hpp"
#include "features/one_thread.hpp"
#include "rpc_messages.hpp"
#include "v4v/rpc/client.hpp"
#include "v4v/rpc/server.hpp"

namespace v4v::rpc::testing {

/// A server in domain 1, its good client in domain 2, and a hostile domain 3, which has no Cap'n
/// Proto and sends what it likes.
class server_under_attack : public one_thread {
 protected:
  server_under_attack() {
    mirrored("before");
    until_idle();
  }
  ~server_under_attack() noexcept override {}

  enum class outcome { connection_goes_on, connection_ended };

  /// Connects, sends these bytes, and reads whatever is answered until nothing happens any more.
  /// The connection is then closed.
  outcome attack(const bytes& sent) {
    answers.clear();
    v4v::stream raw{*hostile_guest};
    raw.async_connect({1, port}, use_promise).wait(loop.wait_scope());
    bool ended = false;
    std::array<char, 4096> answer;
    const auto ignore = [](kj::Exception&&) {};
    auto writing = asio::async_write(raw, asio::buffer(sent), use_promise)
                       .ignoreResult()
                       .eagerlyEvaluate(ignore);
    auto reading = read_to_end(raw, asio::buffer(answer))
                       .then([] {}, ignore)
                       .then([&] { ended = true; })
                       .eagerlyEvaluate(nullptr);
    until_idle();
    return ended ? outcome::connection_ended : outcome::connection_goes_on;
  }

  /// Whether the good client notices anything, and whether the hostile connections are gone.
  void expect_unharmed() {
    until([&] { return service.connections() == 1; });
    mirrored("after");
  }

  /// The hostile domain ends without another word.
  void kill_hostile_domain() { hostile_guest.reset(); }
  void revive_hostile_domain() { hostile_guest.emplace(io, v4v::embedded_link(hypervisor, 3)); }

  /// How the last attack's call of this number was answered, if it was.
  std::optional<capnp::rpc::Return::Which> answer_to(std::uint32_t question) const {
    auto words = kj::heapArray<capnp::word>(answers.size() / sizeof(capnp::word));
    std::memcpy(words.asBytes().begin(), answers.data(), words.asBytes().size());
    kj::ArrayPtr<const capnp::word> rest = words;
    while (rest.size() > 0 && capnp::expectedSizeInWordsFromPrefix(rest) <= rest.size()) {
      capnp::FlatArrayMessageReader message{rest};
      const auto content = message.getRoot<capnp::rpc::Message>();
      if (content.isReturn() && content.getReturn().getAnswerId() == question) {
        return content.getReturn().which();
      }
      rest = kj::arrayPtr(message.getEnd(), rest.end());
    }
    return std::nullopt;
  }

  bytes answers;  // to the last attack
  v4v::rpc::server service{loop, server_guest, port,
                           [](const peer&) { return kj::heap<mirror>(); }};
  v4v::rpc::client good{loop, client_guest, {1, port}};
  Mirror::Client good_mirror = good.bootstrap<Mirror>();
  std::optional<v4v::guest> hostile_guest{std::in_place, io, v4v::embedded_link(hypervisor, 3)};

 private:
  void mirrored(kj::StringPtr text) {
    auto request = good_mirror.dataRequest();
    request.setData(text.asBytes());
    const auto response = request.send().wait(loop.wait_scope());
    EXPECT_TRUE(response.getData() == text.asBytes());
  }

  kj::Promise<void> read_to_end(v4v::stream& from, asio::mutable_buffer buffer) {
    return from.async_read_some(buffer, use_promise).then([this, &from, buffer](std::size_t n) {
      answers.append(static_cast<const char*>(buffer.data()), n);
      return read_to_end(from, buffer);
    });
  }
};

}  // namespace v4v::rpc::testing
