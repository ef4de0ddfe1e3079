#pragma once

#include <capnp/rpc.capnp.h>
#include <capnp/serialize-async.h>
#include <kj/async.h>
#include <kj/debug.h>

#include <cstddef>
#include <map>

namespace v4v::rpc::testing {

/// A message stream that counts the RPC messages that pass, and may hold back those that are
/// written: what a peer does without an answer is what it does in one round trip.
class counting_stream final : public capnp::MessageStream {
 public:
  using kind = capnp::rpc::Message::Which;

  explicit counting_stream(capnp::MessageStream& below) : below_{below} {}

  [[nodiscard]] std::size_t read() const noexcept { return total(read_); }
  [[nodiscard]] std::size_t read(kind which) const { return count(read_, which); }
  [[nodiscard]] std::size_t written() const noexcept { return total(written_); }
  [[nodiscard]] std::size_t written(kind which) const { return count(written_, which); }

  /// From now on writes wait.
  void hold_writes() {
    auto gate = kj::newPromiseAndFulfiller<void>();
    open_ = kj::mv(gate.fulfiller);
    gate_ = gate.promise.fork();
  }
  void let_writes_go() { open_->fulfill(); }

  kj::Promise<kj::Maybe<capnp::MessageReaderAndFds>> tryReadMessage(
      kj::ArrayPtr<kj::AutoCloseFd> fds, capnp::ReaderOptions options,
      kj::ArrayPtr<capnp::word> scratch) override {
    return below_.tryReadMessage(fds, options, scratch)
        .then([this](kj::Maybe<capnp::MessageReaderAndFds>&& message) {
          KJ_IF_MAYBE (got, message) {
            ++read_[kind_of(*got->reader)];
          }
          return kj::mv(message);
        });
  }

  kj::Promise<void> writeMessage(
      kj::ArrayPtr<const int> fds,
      kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) override {
    return gate_.addBranch().then([this, fds, segments] {
      capnp::SegmentArrayMessageReader message{segments};
      ++written_[kind_of(message)];
      return below_.writeMessage(fds, segments);
    });
  }

  kj::Promise<void> writeMessages(
      kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>> messages) override {
    return gate_.addBranch().then([this, messages] {
      for (const auto& segments : messages) {
        capnp::SegmentArrayMessageReader message{segments};
        ++written_[kind_of(message)];
      }
      return below_.writeMessages(messages);
    });
  }

  kj::Maybe<int> getSendBufferSize() override { return below_.getSendBufferSize(); }
  kj::Promise<void> end() override { return below_.end(); }

 private:
  using counts = std::map<kind, std::size_t>;

  static kind kind_of(capnp::MessageReader& message) {
    return message.getRoot<capnp::rpc::Message>().which();
  }
  static std::size_t count(const counts& in, kind which) {
    const auto found = in.find(which);
    return found == in.end() ? 0 : found->second;
  }
  static std::size_t total(const counts& in) noexcept {
    std::size_t sum = 0;
    for (const auto& each : in)
      sum += each.second;
    return sum;
  }

  capnp::MessageStream& below_;
  counts read_, written_;
  kj::Own<kj::PromiseFulfiller<void>> open_;
  kj::ForkedPromise<void> gate_ = kj::Promise<void>{kj::READY_NOW}.fork();
};

}  // namespace v4v::rpc::testing
