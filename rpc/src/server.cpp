#include "v4v/rpc/server.hpp"

#include <capnp/serialize.h>
#include <kj/debug.h>

#include <asio/buffer.hpp>
#include <chrono>
#include <exception>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "connection.hpp"
#include "farewells.hpp"
#include "protocol_messages.hpp"
#include "v4v/acceptor.hpp"
#include "v4v/rpc/error.hpp"
#include "v4v/rpc/use_promise.hpp"

namespace v4v::rpc {
namespace {

v4v::acceptor listen(event_loop& loop, v4v::guest& guest, port_type port,
                     const acceptor_options& options) {
  require_one_context(loop, guest);
  try {
    return {guest, port, options};
  } catch (const std::exception&) {
    const auto port_name = kj::str("v4v domain ", guest.domain(), " port ", port);
    kj::throwFatalException(from_peer(port_name, to_exception(std::current_exception())));
  }
}

// Best effort: a peer that leaves no room for the reason gets none, and nobody waits for it.
void send_abort(v4v::stream& stream, const kj::Exception& why) {
  capnp::MallocMessageBuilder message;
  write_abort(message.initRoot<capnp::rpc::Message>(), why);
  const auto words = capnp::messageToFlatArray(message);
  std::error_code ignored;
  stream.try_write_some(asio::buffer(words.begin(), words.asBytes().size()), ignored);
}

}  // namespace

class server::impl final : private kj::TaskSet::ErrorHandler {
 public:
  impl(event_loop& loop, v4v::guest& guest, port_type port, bootstrap_function bootstrap,
       const server_options& options)
      : loop_{loop},
        options_{options},
        bootstrap_{kj::mv(bootstrap)},
        acceptor_{listen(loop, guest, port, options.acceptor)},
        connections_{*this},
        failure_{canceler_.wrap(accept()).fork()} {
    // Somebody must ask for the result, or nothing is accepted.
    accepting_ = failure_.addBranch().eagerlyEvaluate([this](kj::Exception&& e) {
      if (!draining_) KJ_LOG(ERROR, "an RPC server accepts no more connections", e);
    });
  }

  // A branch of failure_ that somebody keeps must not come back to accept().
  ~impl() { canceler_.cancel("the RPC server was destroyed"); }

  [[nodiscard]] std::size_t connections() const noexcept { return served_.size(); }
  [[nodiscard]] message_counts counts() const noexcept {
    message_counts all = counts_;
    for (const served* const each : served_)
      all += each->rpc.counts();
    return all;
  }
  [[nodiscard]] kj::Promise<void> on_failure() { return failure_.addBranch(); }

  [[nodiscard]] kj::Promise<void> drain(std::chrono::nanoseconds grace) {
    if (!std::exchange(draining_, true)) begin_to_drain();
    graces_.add(loop_.timer().afterDelay(grace.count() * kj::NANOSECONDS).then([this] { cut(); }));
    return drained_.addBranch();
  }

 private:
  /// A connection, and the way to end it.
  struct served {
    served(event_loop& loop, v4v::stream&& stream, const v4v::endpoint& peer,
           const server_options& options, capnp::Capability::Client bootstrap)
        : rpc{loop,
              std::move(stream),
              peer,
              {options.message_words, options.flow_limit},
              options.calls_in_flight,
              kj::mv(bootstrap)} {}

    // Until Cap'n Proto has let go of it, or somebody else has ended it.
    kj::Promise<void> until_over() {
      auto ended = kj::newPromiseAndFulfiller<void>();
      end = kj::mv(ended.fulfiller);
      return rpc.on_disconnect().exclusiveJoin(kj::mv(ended.promise));
    }

    void drain() {
      drained = rpc.drain().then([this] { end->fulfill(); }).eagerlyEvaluate(nullptr);
    }

    connection rpc;
    kj::Own<kj::PromiseFulfiller<void>> end;
    kj::Promise<void> drained = nullptr;
  };

  kj::Promise<void> accept() {
    return acceptor_.async_accept(use_promise).then([this](v4v::stream&& stream) {
      KJ_IF_MAYBE (exception, kj::runCatchingExceptions([&] { admit(std::move(stream)); })) {
        taskFailed(kj::mv(*exception));
      }
      return accept();
    });
  }

  void admit(v4v::stream&& stream) {
    std::error_code gone;
    const auto remote = stream.remote_endpoint(gone);
    if (gone) return;
    KJ_IF_MAYBE (limit, limit_reached(remote.domain())) {
      send_abort(stream, *limit);
      farewells_.add(remote.domain(), std::move(stream));
    } else {
      serve(std::move(stream), remote);
    }
  }

  kj::Maybe<kj::Exception> limit_reached(domain_type domain) {
    if (served_.size() >= options_.connections) {
      return KJ_EXCEPTION(OVERLOADED, kj::str("the service has all the connections that it takes (",
                                              options_.connections, ")"));
    }
    const auto of_domain = of_domain_.find(domain);
    const std::size_t has = of_domain == of_domain_.end() ? 0 : of_domain->second;
    if (has >= options_.connections_per_domain) {
      return KJ_EXCEPTION(OVERLOADED,
                          kj::str("domain ", domain, " has all the connections that it may have (",
                                  options_.connections_per_domain, ")"));
    }
    return nullptr;
  }

  void serve(v4v::stream&& stream, const v4v::endpoint& remote) {
    auto peer = kj::heap<served>(loop_, std::move(stream), remote, options_, bootstrap_for(remote));
    auto over = peer->until_over().then(
        [this, remote, &peer = *peer] { farewells_.add(remote.domain(), peer.rpc.release()); });
    served_.insert(peer.get());
    ++of_domain_[remote.domain()];
    // In this order: what is attached last is destroyed first.
    auto forgotten = kj::defer([this, remote, &left = *peer] { forget(left, remote.domain()); });
    connections_.add(over.attach(kj::mv(peer), kj::mv(forgotten)));
  }

  void forget(served& left, domain_type domain) {
    counts_ += left.rpc.counts();
    served_.erase(&left);
    const auto of_domain = of_domain_.find(domain);
    if (--of_domain->second == 0) of_domain_.erase(of_domain);
  }

  // Peers are to read their last answers before the stream under them is closed.
  void begin_to_drain() {
    drained_ = connections_.onEmpty().then([this] { return farewells_.on_empty(); }).fork();
    canceler_.cancel("the RPC server was drained");
    acceptor_.close();
    for (served* const each : served_)
      each->drain();
  }

  void cut() {
    farewells_.cut();
    for (served* const each : served_)
      each->end->fulfill();
  }

  capnp::Capability::Client bootstrap_for(const v4v::endpoint& remote) {
    try {
      return bootstrap_(peer{remote.domain(), remote});
    } catch (...) {
      return to_exception(std::current_exception());
    }
  }

  void taskFailed(kj::Exception&& exception) override {
    KJ_LOG(INFO, "a connection of an RPC server failed", exception);
  }

  event_loop& loop_;
  const server_options options_;
  bootstrap_function bootstrap_;
  v4v::acceptor acceptor_;
  std::set<served*> served_;
  message_counts counts_;                         // of those before these
  std::map<domain_type, std::size_t> of_domain_;  // how many of these
  farewells farewells_;
  kj::TaskSet connections_;
  kj::Canceler canceler_;
  kj::ForkedPromise<void> failure_;
  kj::Promise<void> accepting_ = nullptr;
  bool draining_ = false;
  kj::ForkedPromise<void> drained_ = nullptr;  // when it is to be
  kj::TaskSet graces_{*this};
};

server::server(event_loop& loop, v4v::guest& guest, port_type port, bootstrap_function bootstrap,
               server_options options)
    : impl_{std::make_unique<impl>(loop, guest, port, kj::mv(bootstrap), options)} {}

server::~server() = default;

kj::Promise<void> server::drain(std::chrono::nanoseconds grace) { return impl_->drain(grace); }

std::size_t server::connections() const noexcept { return impl_->connections(); }

message_counts server::counts() const noexcept { return impl_->counts(); }

kj::Promise<void> server::on_failure() { return impl_->on_failure(); }

}  // namespace v4v::rpc
